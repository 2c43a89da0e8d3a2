# SPDX-License-Identifier: BSD-2-Clause
"""Calls come and go, proxies ask, and all the while something goes wrong, chosen by chance: no packet
may be lost or wrong, what was confirmed must hold, and memory, descriptors and buffers stay flat.

`scripts/soak SECONDS` runs it for longer, MEDIAPLANE_SOAK_SEED repeats a run.
"""

import os
import random
import re
import signal
import socket
import threading
import time

import pytest

from lab.control import Endpoint
from lab.frames import arp_question, damaged, rtp, to_relay
from lab.network import ALICE, MALLORY, RELAY
from lab.relay import end
from lab.traffic import Traffic
from lab.udp import UdpSocket
from lab.wire import Wire
from test_hostile import CASES

SECONDS = int(os.environ.get("MEDIAPLANE_SOAK_SECONDS", "30"))
SEED = int(os.environ.get("MEDIAPLANE_SOAK_SEED", str(random.randrange(1 << 30))))
CLIENTS = 4
CALLS_AT_ONCE = 5
PAUSE = (0.2, 1.0)  # Between two faults.
GROWTH = 0.01
SLACK_KB = 2048  # Pages that are touched for the first time.


@pytest.fixture
def relay(make_relay):
    return make_relay(hands_over=True, first_udp_port=35000, last_udp_port=39999).start()


class Faults:
    """Each is over when it returns."""

    def __init__(self, relay, answered: threading.Lock):
        self._relay = relay
        self._chance = random.Random(SEED)
        self._answered = answered
        self._wire = Wire(MALLORY)
        self._socket = UdpSocket(MALLORY, 6666)
        self._number = 0
        self.done: dict[str, int] = {}
        self.kills = 0

    def close(self) -> None:
        self._wire.close()
        self._socket.close()

    def happen(self) -> None:
        fault = self._chance.choice([
            self._kill, self._restart, self._stop, self._clients, self._attach, self._malformed,
            self._spray, self._ask_for_addresses, self._scattered])
        fault()
        name = fault.__name__.lstrip("_")
        self.done[name] = self.done.get(name, 0) + 1

    def _kill(self) -> None:
        self.kills += 1
        with self._answered:
            self._relay.controlplane.kill()
            self._relay.start_controlplane()

    def _restart(self) -> None:
        end(self._relay.controlplane)
        self._relay.start_controlplane()

    def _stop(self) -> None:
        self._relay.controlplane.signal(signal.SIGSTOP)
        time.sleep(self._chance.uniform(0, 1))
        self._relay.controlplane.signal(signal.SIGCONT)

    def _clients(self) -> None:
        """Who say nothing, half of something, rubbish; and go."""
        connections = [self._relay.control.connect() for _ in range(200)]
        for connection in connections[::2]:
            connection.send(self._chance.choice([b"\0" * 300, b"U half", b"x" * 8000, b"\n"]))
        for connection in connections:
            connection.close()

    def _attach(self) -> None:
        for _ in range(20):
            with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as connection:
                connection.connect(str(self._relay.folder / "dataplane.sock"))
                connection.send(self._chance.randbytes(self._chance.choice((1, 16, 1108))))

    def _malformed(self) -> None:
        to = Endpoint(RELAY.ip, self._chance.randrange(35000, 40000, 2))
        for case in CASES:
            self._wire.send(case.make(to))

    def _spray(self) -> None:
        """Not more at once than the device's ring holds while its worker waits for the CPU."""
        first = self._chance.randrange(35000, 39000)
        for port in range(first, first + 1000):
            self._number += 1
            self._socket.send(rtp(self._number % 65536, 0xBAD), Endpoint(RELAY.ip, port))

    def _ask_for_addresses(self) -> None:
        question = bytes(arp_question(MALLORY, RELAY.ip))
        for _ in range(500):
            self._wire.send(question)

    def _scattered(self) -> None:
        """Random damage to a media frame, to any UDP port."""
        to = Endpoint(RELAY.ip, self._chance.randrange(35000, 40000))
        right = bytes(to_relay(MALLORY, 4000, to, rtp(1)))
        for _ in range(200):
            self._wire.send(damaged(right, self._chance))


class Calls(threading.Thread):
    """A few at once talk for some seconds and hang up, then the next ones do. A call that is being set
    up or hung up takes an answer that is lost for a failure, so nobody dies meanwhile (`answered`)."""

    def __init__(self, relay, phones, answered: threading.Lock):
        super().__init__(daemon=True)
        self._relay, self._phones, self._answered = relay, phones, answered
        self._over = threading.Event()
        self.rounds = 0
        self.failed: list[str] = []

    def run(self) -> None:
        while not self._over.is_set():
            name = f"soak{self.rounds}"
            nat = {"nat": True} if self.rounds % 2 else {}
            with self._answered:
                run = self._phones(calls=CALLS_AT_ONCE, seconds=3, rate=1000, hold_open=True,
                                   first_port=30000, call_id=name, **nat).until_up()
            if not run.result()["clean"]:
                self.failed.append(run.process.output)
            with self._answered:
                for number in range(CALLS_AT_ONCE):
                    answer = self._relay.control(f"D {name}-{number} from-{number} to-{number}")
                    if answer != "0":
                        self.failed.append(f"D {name}-{number}: {answer}")
            self.rounds += 1

    def stop(self) -> None:
        self._over.set()
        self.join(30)
        assert not self.is_alive() and not self.failed, "\n".join(self.failed)


def memory_kb(process) -> int:
    with open(f"/proc/{process.popen.pid}/status", encoding="ascii") as file:
        return int(re.search(r"^VmRSS:\s+(\d+)", file.read(), re.MULTILINE)[1])


def descriptors(process) -> int:
    return len(os.listdir(f"/proc/{process.popen.pid}/fd"))


def test_nothing_is_lost_and_nothing_grows(relay, phones):
    print(f"seed {SEED}")
    always = phones(calls=CALLS_AT_ONCE, seconds=SECONDS + 5, rate=1000, hold_open=True).until_up()
    traffic = Traffic(relay.control, CLIENTS, pause=0.02)
    answered = threading.Lock()
    calls = Calls(relay, phones, answered)
    calls.start()
    faults = Faults(relay, answered)
    chance = random.Random(SEED)
    begin = time.monotonic()
    settled = None
    try:
        while (passed := time.monotonic() - begin) < SECONDS:
            faults.happen()
            if settled is None and passed > SECONDS / 2:
                settled = memory_kb(relay.dataplane), descriptors(relay.dataplane)
            time.sleep(chance.uniform(*PAUSE))
    finally:
        faults.close()
        traffic.stop()
        calls.stop()
    memory, open_now = memory_kb(relay.dataplane), descriptors(relay.dataplane)
    print(f"{traffic.total('commands')} commands, {calls.rounds} rounds of calls, "
          f"faults {faults.done}, data plane {settled[0]} kB at half time, {memory} kB now")
    assert traffic.total("refused") == 0
    assert traffic.total("unanswered") + traffic.total("late") <= faults.kills * CLIENTS
    traffic.assert_all_holds()
    always.assert_clean()
    assert memory <= settled[0] * (1 + GROWTH) + SLACK_KB
    assert open_now == settled[1]
