# SPDX-License-Identifier: BSD-2-Clause
"""Two parties with sockets for RTP and RTCP, for tests of prompts and recordings: what they say, what
they hear, and what lies on the disk."""

import contextlib
import struct
import time

from lab.control import Endpoint
from lab.frames import rtp
from lab.network import ALICE, BOB
from lab.udp import UdpSocket

CALLER_PORT, CALLEE_PORT = 4000, 5000
PATIENCE = 5.0
AD_HOC_HEAD = struct.Struct("=H18sdH")


def parsed(packet: bytes) -> tuple[int, int, int, int, int, bytes]:
    """Flags, marker and type, sequence, timestamp, SSRC, payload."""
    return *struct.unpack("!BBHII", packet[:12]), packet[12:]


class Parties:
    """RTP and RTCP sockets of both."""

    def __init__(self, stack: contextlib.ExitStack):
        self.alice, self.alice_rtcp = (
            stack.enter_context(UdpSocket(ALICE, CALLER_PORT + i)) for i in (0, 1))
        self.bob, self.bob_rtcp = (
            stack.enter_context(UdpSocket(BOB, CALLEE_PORT + i)) for i in (0, 1))


def set_up(relay, call_id="media"):
    return relay.control.set_up(call_id, Endpoint(ALICE.ip, CALLER_PORT),
                                Endpoint(BOB.ip, CALLEE_PORT))


def hear(party, count, timeout=PATIENCE):
    packets = []
    while len(packets) < count:
        packet = party.next(timeout)
        assert packet is not None, f"{len(packets)} packets instead of {count}"
        packets.append(packet)
    return packets


def recording_relay(make_relay, folder, *more):
    (folder / "rec").mkdir()
    lines = ["[recording]", f'directory = "{folder}/rec"', *more]
    return make_relay(more_media="\n".join(lines)).start()


def ad_hoc_records(path):
    """(source, time, datagram) of each."""
    data, records = path.read_bytes(), []
    while data:
        family, address, seconds, length = AD_HOC_HEAD.unpack_from(data)
        assert family == 2
        port, *ip = struct.unpack_from("!H4B", address)
        assert address[6:] == bytes(12)
        body = data[AD_HOC_HEAD.size:][:length]
        assert len(body) == length
        records.append(((".".join(map(str, ip)), port), seconds, body))
        data = data[AD_HOC_HEAD.size + length:]
    return records


def talk(parties, call, count):
    """Both parties speak; returns what each sent, RTP and RTCP."""
    from_alice = [rtp(n, ssrc=0xA, size=100 + n % 50) for n in range(count)]
    from_bob = [rtp(n, ssrc=0xB, size=60 + n % 90) for n in range(count)]
    reports = [bytes.fromhex("80c90001") + struct.pack("!I", n) for n in range(3)]
    for alice, bob in zip(from_alice, from_bob):  # One by one: a socket holds 200 packets.
        parties.alice.send(alice, call.for_caller)
        parties.bob.send(bob, call.for_callee)
        assert hear(parties.bob, 1) == [alice]
        assert hear(parties.alice, 1) == [bob]
    for report in reports:
        parties.alice_rtcp.send(report, call.for_caller.rtcp)
        parties.bob_rtcp.send(report, call.for_callee.rtcp)
    hear(parties.bob_rtcp, len(reports))
    hear(parties.alice_rtcp, len(reports))
    return from_alice, from_bob, reports


def wait_for(condition):
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def has_ended(relay, files):
    return lambda: relay.controlplane.output.count(" ended: ") >= files
