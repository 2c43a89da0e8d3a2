# SPDX-License-Identifier: BSD-2-Clause
"""Strangers at the socket where the control plane attaches: other versions, garbage, and many."""

import random
import socket
import struct
import threading

import pytest
from lab.control import Endpoint
from lab.network import ALICE, BOB

MAGIC = 0x656E616C70616D31
HELLO_HEAD = struct.Struct("=QII")
OTHER_VERSION, MALFORMED = 1, 4


def connected(relay) -> socket.socket:
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    connection.settimeout(5)
    connection.connect(str(relay.folder / "dataplane.sock"))
    return connection


def admission(answer: bytes) -> tuple[int, str]:
    magic, _, number = HELLO_HEAD.unpack_from(answer)
    assert magic == MAGIC
    return number, answer[-256:].split(b"\0")[0].decode()


def say(relay, hello: bytes) -> tuple[int, str]:
    with connected(relay) as connection:
        connection.send(hello)
        return admission(connection.recv(4096))


def test_another_version_is_told_what_this_one_is(relay):
    for length in (HELLO_HEAD.size, 200, 5000):
        number, text = say(relay, HELLO_HEAD.pack(MAGIC, 99, 10).ljust(length, b"\0"))
        assert number == OTHER_VERSION
        assert text.startswith("the control plane speaks version 99 of the interface, this is ")
    relay.dataplane.wait_for_line("control plane refused: the control plane speaks version 99")
    assert say(relay, b"hello") == (MALFORMED, "a Hello of another size")
    assert relay.control(f"U c {ALICE.ip} 4000 f").endswith(" 198.18.0.1")


def test_garbage_and_floods_disturb_neither_media_nor_the_control_plane(relay, phones):
    running = phones(calls=5, seconds=6, rate=1000, hold_open=True).until_up()
    over = threading.Event()

    def flood(seed: int) -> None:
        chance = random.Random(seed)
        kept = []
        while not over.is_set():
            connection = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            connection.setblocking(False)
            kept.append(connection)
            try:
                connection.connect(str(relay.folder / "dataplane.sock"))
                if chance.random() < 0.7:
                    connection.send(chance.randbytes(chance.choice((1, 16, 1108, 60000))))
            except OSError:
                pass  # The queue is full, or we have been pushed out already.
            if len(kept) > 200:
                kept.pop(0).close()

    floods = [threading.Thread(target=flood, args=(seed,)) for seed in range(2)]
    for thread in floods:
        thread.start()
    try:
        # Those who are attached go on, and those who come get through.
        for number in range(5):
            assert relay.control(f"U call{number} {ALICE.ip} 4000 f").endswith(" 198.18.0.1")
            relay.controlplane.kill()
            relay.start_controlplane()
    finally:
        over.set()
        for thread in floods:
            thread.join()
    running.assert_clean()
    for number in range(5):
        answer = relay.control(f"L call{number} {BOB.ip} 5000 f t")
        assert answer.endswith(" 198.18.0.1"), answer


@pytest.mark.parametrize("port", [35000, 64000])
def test_a_control_plane_with_another_port_range_keeps_the_calls(make_relay, port):
    relay = make_relay(first_udp_port=35000, last_udp_port=35999).start()
    call = relay.control.set_up("c", Endpoint(ALICE.ip, 4000), Endpoint(BOB.ip, 5000))
    relay.controlplane.kill()
    text = relay.file.read_text()
    relay.file.write_text(text.replace("[35000, 35999]", f"[{port}, {port + 999}]"))
    relay.start_controlplane()
    again = relay.control.set_up("c", Endpoint(ALICE.ip, 4000), Endpoint(BOB.ip, 5000))
    assert again == call
    assert relay.control(f"U other {ALICE.ip} 4000 f") not in (
        f"{call.for_callee.port} 198.18.0.1", f"{call.for_caller.port} 198.18.0.1")


def test_a_control_plane_with_other_addresses_is_refused(relay):
    relay.controlplane.kill()
    text = relay.file.read_text()
    relay.file.write_text(text.replace('"198.18.0.1/24"', '"198.18.0.2/24"'))
    other = relay.begin_controlplane()
    other.wait_for_line("it refuses: the control plane is configured with other addresses")
    other.kill()
    relay.file.write_text(text)
    relay.start_controlplane()
