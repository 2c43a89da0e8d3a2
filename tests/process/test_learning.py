# SPDX-License-Identifier: BSD-2-Clause
"""From whom a party's media is taken and where its own goes, for both ways of learning.

Frames keep their order from one end of the lab to the other: what was sent before a packet that is
heard, and is not heard before it, has been dropped.
"""

import pytest
from lab.control import Call
from lab.frames import rtp
from lab.network import ALICE, BOB, MALLORY
from lab.udp import UdpSocket

ADAPTIVE, FIRST_PACKET = "adaptive", "first-packet"
CALLER_SSRC, CALLEE_SSRC, STRANGER_SSRC = 0xA11CE, 0xB0B, 0xBAD
OF_A_PHONE = 0.02  # Seconds between packets.
MOST_TRIES = 50
WINDOW = 10.0
REPORT = bytes.fromhex("80c90001") + bytes(4)

both_modes = pytest.mark.parametrize("mode", [ADAPTIVE, FIRST_PACKET])


class Parties:
    """Sockets that a test opens, and one call at a time."""

    def __init__(self, relay):
        self.relay, self.control = relay, relay.control
        self._sockets: list[UdpSocket] = []
        self.caller = self.open(ALICE, 4000)
        self.callee = self.open(BOB, 5000)
        self.stranger = self.open(MALLORY, 6666)
        self._heard = 0

    def open(self, host, port) -> UdpSocket:
        self._sockets.append(UdpSocket(host, port))
        return self._sockets[-1]

    def close(self) -> None:
        for each in self._sockets:
            each.close()

    def call(self, name: str = "learning", modifier: str = "", ip: str = ALICE.ip) -> Call:
        for_callee = self.control.endpoint(f"U{modifier} {name} {ip} 4000 f")
        for_caller = self.control.endpoint(f"L{modifier} {name} {BOB.ip} 5000 f t")
        return Call(name, for_caller, for_callee)

    def offer_again(self, call: Call, ip: str, port: int) -> None:
        assert self.control.endpoint(f"U {call.call_id} {ip} {port} f t") == call.for_callee

    def callee_hears(self, call: Call, source: UdpSocket, ssrc: int, first: int, count: int = 6):
        """Each packet arrives, and nothing else before it."""
        for sequence in range(first, first + count):
            source.send(rtp(sequence, ssrc), call.for_caller)
            assert self.callee.next() == rtp(sequence, ssrc)

    def callee_is_heard_at(self, call: Call, place: UdpSocket) -> None:
        self._heard += 1
        packet = rtp(self._heard, CALLEE_SSRC)
        self.callee.send(packet, call.for_callee)
        assert place.next() == packet

    def talk(self, call: Call) -> None:
        """Both parties are known then, from where they said that they are."""
        self.callee_hears(call, self.caller, CALLER_SSRC, first=100)
        for _ in range(6):
            self.callee_is_heard_at(call, self.caller)

    def callee_comes_to_be_heard_at(self, call: Call, place: UdpSocket) -> None:
        """What a packet has taught serves the next ones, a little later."""
        for _ in range(MOST_TRIES):
            self._heard += 1
            self.callee.send(rtp(self._heard, CALLEE_SSRC), call.for_callee)
            if (heard := place.next(OF_A_PHONE)) is not None:
                self._read_until(place, heard, rtp(self._heard, CALLEE_SSRC))
                return
        raise AssertionError(f"the callee is not heard at {place.endpoint}")

    def callee_comes_to_hear(self, call: Call, source: UdpSocket, ssrc: int, first: int) -> None:
        """The packet that changes the relay's mind is itself not relayed, those that follow are."""
        for sequence in range(first, first + MOST_TRIES):
            source.send(rtp(sequence, ssrc), call.for_caller)
            if (heard := self.callee.next(OF_A_PHONE)) is not None:
                self._read_until(self.callee, heard, rtp(sequence, ssrc))
                self.callee_hears(call, source, ssrc, first=sequence + 1)
                return
        raise AssertionError(f"{source.endpoint} is not heard")

    def _read_until(self, place: UdpSocket, heard: bytes, last: bytes) -> None:
        while heard != last:
            heard = place.next()
            assert heard is not None

    def callee_does_not_hear(self, call: Call, source: UdpSocket, ssrc: int, first: int) -> None:
        """As long as a phone needs for five packets; late ones are found by what is heard next."""
        for sequence in range(first, first + 5):
            source.send(rtp(sequence, ssrc), call.for_caller)
            assert self.callee.next(OF_A_PHONE) is None

    def stranger_changes_nothing(self, call: Call, packets: int = 50) -> None:
        """While the caller sends from where it did, before, between and afterwards."""
        for sequence in range(packets):
            self.stranger.send(rtp(sequence, STRANGER_SSRC), call.for_caller)
            self.stranger.send(REPORT, call.for_caller.rtcp)
        self.callee_hears(call, self.caller, CALLER_SSRC, first=200, count=3)
        self.callee_is_heard_at(call, self.caller)
        assert self.stranger.next(0.1) is None


@pytest.fixture
def parties(make_relay, mode):
    opened = Parties(make_relay(learning=mode).start())
    yield opened
    opened.close()


@both_modes
def test_stranger_after_the_callers_first_packet_changes_nothing(parties, mode):
    call = parties.call()
    parties.callee_hears(call, parties.caller, CALLER_SSRC, first=100, count=1)
    for sequence in range(4):  # Five could prove him, if the caller fell silent for a moment.
        parties.stranger.send(rtp(sequence, STRANGER_SSRC), call.for_caller)
    parties.callee_hears(call, parties.caller, CALLER_SSRC, first=101)
    parties.stranger_changes_nothing(call)


@both_modes
def test_stranger_during_a_call_changes_nothing(parties, mode):
    call = parties.call()
    parties.talk(call)
    parties.stranger_changes_nothing(call)


@both_modes
def test_stranger_before_the_caller(parties, mode):
    """Adaptive: a few packets get him nothing. First-packet: he is the caller, as is documented."""
    call = parties.call()
    for sequence in range(4):
        parties.stranger.send(rtp(sequence, STRANGER_SSRC), call.for_caller)
        assert parties.callee.next() == rtp(sequence, STRANGER_SSRC)
    if mode == ADAPTIVE:
        parties.callee_is_heard_at(call, parties.caller)
        parties.callee_comes_to_hear(call, parties.caller, CALLER_SSRC, first=100)
        parties.stranger_changes_nothing(call)
    else:
        parties.callee_does_not_hear(call, parties.caller, CALLER_SSRC, first=100)
        parties.callee_comes_to_be_heard_at(call, parties.stranger)


@both_modes
def test_stranger_before_the_answer_is_not_heard_and_not_learned(parties, mode):
    for_callee = parties.control.endpoint(f"U learning {ALICE.ip} 4000 f")
    for sequence in range(20):
        parties.stranger.send(rtp(sequence, STRANGER_SSRC), for_callee)
    while parties.relay.telemetry("/mediaplane/drops").get("session_incomplete") != 20:
        pass
    for_caller = parties.control.endpoint(f"L learning {BOB.ip} 5000 f t")
    call = Call("learning", for_caller, for_callee)
    parties.talk(call)
    parties.stranger_changes_nothing(call)


@pytest.mark.parametrize("offset, ssrc, followed_by", [
    (1, CALLER_SSRC, {ADAPTIVE, FIRST_PACKET}),
    (500, CALLER_SSRC, {ADAPTIVE, FIRST_PACKET}),
    (-20, CALLER_SSRC, {FIRST_PACKET}),
    (528, CALLER_SSRC, {FIRST_PACKET}),
    (700, CALLER_SSRC, set()),
    (-700, CALLER_SSRC, set()),
    (1, STRANGER_SSRC, set()),
], ids=["next", "near", "just before", "less near", "far", "long before", "other SSRC"])
@both_modes
def test_source_that_moves_to_another_host(parties, mode, offset, ssrc, followed_by):
    """Its stream must go on there. 512 numbers forward are near, for first-packet 536 either way."""
    call = parties.call()
    parties.talk(call)
    if mode in followed_by:
        parties.callee_comes_to_hear(call, parties.stranger, ssrc, first=105 + offset)
        parties.callee_is_heard_at(call, parties.stranger)
    else:
        parties.callee_does_not_hear(call, parties.stranger, ssrc, first=105 + offset)
        parties.stranger_changes_nothing(call)


@both_modes
def test_offer_of_the_same_address_again(parties, mode):
    """Adaptive: it changes nothing. First-packet: for ten seconds any source takes the side."""
    call = parties.call()
    parties.talk(call)
    parties.offer_again(call, ALICE.ip, 4000)
    parties.callee_is_heard_at(call, parties.caller)
    parties.callee_hears(call, parties.caller, CALLER_SSRC, first=150)
    if mode == ADAPTIVE:
        parties.stranger_changes_nothing(call)
    else:
        parties.callee_comes_to_hear(call, parties.stranger, STRANGER_SSRC, first=1)
        parties.callee_is_heard_at(call, parties.stranger)


@pytest.mark.parametrize("mode", [FIRST_PACKET])
def test_stranger_ten_seconds_after_a_repeated_offer_changes_nothing(parties, mode):
    call = parties.call()
    parties.talk(call)
    parties.offer_again(call, ALICE.ip, 4000)
    assert parties.stranger.next(WINDOW + 0.2) is None
    parties.stranger_changes_nothing(call)


@both_modes
def test_offer_of_another_address(parties, mode):
    """The caller was where it said: media goes to the new address before anything comes from it."""
    call = parties.call()
    parties.talk(call)
    new = parties.open(ALICE, 4002)
    parties.offer_again(call, ALICE.ip, 4002)
    parties.callee_is_heard_at(call, new)
    if mode == ADAPTIVE:  # Packets that are still on their way are heard; here they change nothing.
        parties.callee_hears(call, parties.caller, CALLER_SSRC, first=106)
        parties.callee_is_heard_at(call, new)
    parties.callee_comes_to_hear(call, new, CALLER_SSRC + 1, first=1)
    parties.callee_is_heard_at(call, new)
    if mode == ADAPTIVE:
        parties.callee_does_not_hear(call, parties.caller, CALLER_SSRC, first=112)
        parties.callee_is_heard_at(call, new)
    assert parties.caller.next(0) is None


@both_modes
def test_offer_of_another_address_from_behind_nat(parties, mode):
    """The caller was elsewhere than it said: media stays there until something comes from where it
    is now."""
    call = parties.call()
    real, moved = parties.open(ALICE, 4010), parties.open(ALICE, 4020)
    parties.callee_hears(call, real, CALLER_SSRC, first=100)
    parties.callee_comes_to_be_heard_at(call, real)
    parties.caller.collect(0)  # What was sent before that was known.
    parties.offer_again(call, ALICE.ip, 4002)
    parties.callee_is_heard_at(call, real)
    parties.callee_hears(call, real, CALLER_SSRC, first=106)
    parties.callee_is_heard_at(call, real)
    parties.callee_comes_to_hear(call, moved, CALLER_SSRC, first=112)
    parties.callee_is_heard_at(call, moved)
    assert real.next(0) is None and parties.caller.next(0) is None


@both_modes
def test_hold_keeps_the_source(parties, mode):
    call = parties.call()
    real = parties.open(ALICE, 4010)
    parties.callee_hears(call, real, CALLER_SSRC, first=100)
    parties.callee_comes_to_be_heard_at(call, real)
    parties.offer_again(call, "0.0.0.0", 4000)
    parties.callee_is_heard_at(call, real)
    parties.callee_does_not_hear(call, parties.stranger, STRANGER_SSRC, first=1)
    parties.callee_hears(call, real, CALLER_SSRC, first=106)
    parties.callee_is_heard_at(call, real)


@both_modes
def test_party_without_an_address_is_where_its_first_packet_comes_from(parties, mode):
    call = parties.call(ip="0.0.0.0")
    parties.callee.send(rtp(1), call.for_callee)  # Nobody knows where to.
    parties.callee_hears(call, parties.caller, CALLER_SSRC, first=100)
    parties.callee_comes_to_be_heard_at(call, parties.caller)
    parties.stranger_changes_nothing(call)


@both_modes
def test_asymmetric_party_is_at_its_signalled_port_and_sends_from_any(parties, mode):
    call = parties.call(modifier="A")
    for port in (4000, 4010, 4012):
        source = parties.caller if port == 4000 else parties.open(ALICE, port)
        parties.callee_hears(call, source, CALLER_SSRC + port, first=port, count=6)
        parties.callee_is_heard_at(call, parties.caller)
    parties.stranger_changes_nothing(call)


@both_modes
def test_rtcp_is_expected_beside_the_signalled_port_on_the_signalled_host(parties, mode):
    call = parties.call()
    real = parties.open(ALICE, 4010)
    beside, signalled = parties.open(ALICE, 4011), parties.open(ALICE, 4001)
    callee_rtcp = parties.open(BOB, 5001)
    parties.callee_hears(call, real, CALLER_SSRC, first=100)
    callee_rtcp.send(REPORT, call.for_callee.rtcp)
    assert signalled.next() == REPORT and beside.next(0) is None


@both_modes
def test_rtcp_is_expected_beside_the_source_on_another_host(parties, mode):
    call = parties.call()
    beside, signalled = parties.open(MALLORY, 6667), parties.open(ALICE, 4001)
    callee_rtcp = parties.open(BOB, 5001)
    parties.callee_hears(call, parties.stranger, CALLER_SSRC, first=100)
    parties.callee_comes_to_be_heard_at(call, parties.stranger)
    callee_rtcp.send(REPORT, call.for_callee.rtcp)
    assert beside.next() == REPORT and signalled.next(0) is None
    signalled.send(REPORT + b"refused", call.for_caller.rtcp)
    beside.send(REPORT, call.for_caller.rtcp)
    assert callee_rtcp.next() == REPORT
