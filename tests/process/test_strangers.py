# SPDX-License-Identifier: BSD-2-Clause
"""A stranger who guesses a port learns nothing and changes nothing (the rules of learning)."""

import pytest

from lab.control import Endpoint
from lab.frames import rtp, to_relay
from lab.network import MALLORY
from lab.udp import UdpSocket
from lab.wire import Wire

SSRC_OF_CALLER, SSRC_OF_CALLEE, SSRC_OF_STRANGER = 0xA11CE, 0xB0B, 0xBAD
SILENCE = 0.3


@pytest.fixture
def stranger(lab):
    with UdpSocket(MALLORY, 6666) as endpoint:
        yield endpoint


@pytest.fixture
def call(relay, caller, callee):
    return relay.control.set_up("strangers", caller.endpoint, callee.endpoint)


def join(sender, to: Endpoint, receiver, ssrc: int, first: int) -> int:
    """Speaks every 20 ms, as phones do, until it is heard; the next sequence number. The packet
    that makes the relay change its mind is itself not relayed."""
    for sequence in range(first, first + 5):
        sender.send(rtp(sequence, ssrc), to)
        if receiver.next(0.02) == rtp(sequence, ssrc):
            return sequence + 1
    raise AssertionError("not heard within five packets")


def talk(sender, to: Endpoint, receiver, ssrc: int, first: int, count: int = 6) -> None:
    """Each packet must arrive before the next is sent."""
    for sequence in range(first, first + count):
        sender.send(rtp(sequence, ssrc), to)
        assert receiver.next() == rtp(sequence, ssrc)


def test_stranger_is_shut_out_when_the_caller_is_locked(relay, call, caller, callee, stranger):
    talk(caller, call.for_caller, callee, SSRC_OF_CALLER, first=100)
    talk(callee, call.for_callee, caller, SSRC_OF_CALLEE, first=1)
    for sequence in range(50):
        stranger.send(rtp(sequence, SSRC_OF_STRANGER), call.for_caller)
        stranger.send(rtp(sequence, SSRC_OF_STRANGER), call.for_callee)
    assert callee.collect(SILENCE) == [] and caller.collect(0) == []
    talk(caller, call.for_caller, callee, SSRC_OF_CALLER, first=106)
    talk(callee, call.for_callee, caller, SSRC_OF_CALLEE, first=7)
    assert stranger.collect(SILENCE) == []
    relay.stop()
    assert relay.drops("source_mismatch") == 100


def test_stranger_before_the_caller_injects_four_packets_at_most(call, caller, callee, stranger):
    for sequence in range(4):
        stranger.send(rtp(sequence, SSRC_OF_STRANGER), call.for_caller)
    assert len(callee.collect(SILENCE)) <= 4
    callee.send(rtp(1), call.for_callee)
    assert caller.next() == rtp(1)  # Media goes where it was signalled.
    following = join(caller, call.for_caller, callee, SSRC_OF_CALLER, first=100)
    for sequence in range(4, 40):
        stranger.send(rtp(sequence, SSRC_OF_STRANGER), call.for_caller)
    assert callee.collect(0.05) == []
    talk(caller, call.for_caller, callee, SSRC_OF_CALLER, first=following)
    talk(callee, call.for_callee, caller, SSRC_OF_CALLEE, first=2)
    assert stranger.collect(SILENCE) == []


def test_stranger_who_streams_does_not_keep_the_real_caller_out(call, caller, callee, stranger):
    for sequence in range(20):
        stranger.send(rtp(sequence, SSRC_OF_STRANGER), call.for_caller)
    callee.collect(SILENCE)
    following = join(caller, call.for_caller, callee, SSRC_OF_CALLER, first=100)
    talk(caller, call.for_caller, callee, SSRC_OF_CALLER, first=following)
    for sequence in range(20, 40):
        stranger.send(rtp(sequence, SSRC_OF_STRANGER), call.for_caller)
    assert callee.collect(SILENCE) == []
    talk(callee, call.for_callee, caller, SSRC_OF_CALLEE, first=7)
    assert stranger.collect(SILENCE) == []


def test_stranger_with_a_wrong_udp_checksum_teaches_nothing(relay, call, caller, callee):
    with Wire(MALLORY) as mallory:
        for sequence in range(10):
            mallory.send(to_relay(MALLORY, 6666, call.for_caller, rtp(sequence),
                                  udp={"chksum": 0x1234}))
    assert callee.collect(SILENCE) == []
    talk(caller, call.for_caller, callee, SSRC_OF_CALLER, first=100)
    relay.stop()
    assert relay.drops("bad_udp_checksum") == 10


def test_strangers_rtcp_goes_nowhere(call, caller, callee, stranger):
    report = bytes.fromhex("80c90001") + bytes(4)
    talk(caller, call.for_caller, callee, SSRC_OF_CALLER, first=100)
    for _ in range(20):
        stranger.send(report, call.for_caller.rtcp)
    assert callee.collect(SILENCE) == []
    assert stranger.collect(0) == []
