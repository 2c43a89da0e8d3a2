# SPDX-License-Identifier: BSD-2-Clause
"""What configuration says about media: sizes, TOS, packets sent twice, and when sessions end."""

import contextlib
import time

import pytest
from lab.control import Call, Endpoint
from lab.frames import is_udp_from, rtp, to_relay
from lab.network import ALICE, BOB, MALLORY
from lab.udp import UdpSocket
from lab.wire import Wire
from scapy.layers.inet import IP

LONGEST = 1472
AT_ONCE = 64  # A socket holds 200 packets.
SMALL = 128
TIME_OUT = 2
REPORT = bytes.fromhex("80c90001") + bytes(4)


def assert_is_heard(source, to: Endpoint, hearer, ssrc: int) -> None:
    """Until its sender is known for good."""
    for sequence in range(6):
        source.send(rtp(sequence, ssrc), to)
        assert hearer.next() == rtp(sequence, ssrc)


@pytest.fixture
def call(relay, caller, callee):
    return relay.control.set_up("settings", caller.endpoint, callee.endpoint)


@pytest.mark.parametrize("learning", ["adaptive", "first-packet"])
def test_datagrams_of_every_size_pass_both_ways(make_relay, caller, callee, learning):
    """From parties that are known; most of these are no RTP."""
    relay = make_relay(learning=learning).start()
    call = relay.control.set_up("settings", caller.endpoint, callee.endpoint)
    assert_is_heard(caller, call.for_caller, callee, ssrc=1)
    assert_is_heard(callee, call.for_callee, caller, ssrc=2)
    payload = rtp(7, size=LONGEST)
    for first in range(0, LONGEST + 1, AT_ONCE):
        sizes = range(first, min(first + AT_ONCE, LONGEST + 1))
        for size in sizes:
            caller.send(payload[:size], call.for_caller)
            callee.send(payload[-size:] if size else b"", call.for_callee)
        assert [callee.next() for _ in sizes] == [payload[:size] for size in sizes]
        assert [caller.next() for _ in sizes] == [payload[-size:] if size else b"" for size in sizes]


@pytest.mark.parametrize("tos", [0, 0x48, 0xB8])
def test_tos_is_the_configured_one(make_relay, tos):
    relay = make_relay(more_media=f"tos = {tos}").start()
    call = relay.control.set_up("settings", Endpoint(ALICE.ip, 4000), Endpoint(BOB.ip, 5000))
    with Wire(ALICE) as alice, Wire(BOB) as bob:
        for port, relay_in, relay_out, payload in (
                (4000, call.for_caller, call.for_callee, rtp(1)),
                (4001, call.for_caller.rtcp, call.for_callee.rtcp, REPORT)):
            for sent in (0, 0xFF):
                alice.send(to_relay(ALICE, port, relay_in, payload, ip={"tos": sent}))
                assert bob.wait_for(is_udp_from(relay_out))[IP].tos == tos


@pytest.mark.relay(more_media="send_small_twice = true")
def test_small_packets_are_sent_twice(call, caller, callee):
    """Each once or twice, at once, and nothing after the last. The first packet asks for the callee's
    MAC, and what waits for that is sent once."""
    for size in (172, 0, 12, 127, 128, 127, 1472, 128):
        payload = rtp(1, size=LONGEST)[:size]
        caller.send(payload, call.for_caller)
        expected = [payload] * (2 if size < SMALL else 1)
        assert [callee.next() for _ in expected] == expected, size
    assert callee.next(0.1) is None


class Sessions:
    """Sessions by name that are kept alive in one way each, until each is seen to end or not."""

    def __init__(self, relay, stack: contextlib.ExitStack):
        self.control = relay.control
        self.alice, self.bob, self.stranger = (
            stack.enter_context(UdpSocket(host, 4000)) for host in (ALICE, BOB, MALLORY))
        self.alice_rtcp = stack.enter_context(UdpSocket(ALICE, 4001))

    def set_up(self, name: str) -> Call:
        return self.control.set_up(name, self.alice.endpoint, self.bob.endpoint)

    def is_alive(self, name: str) -> bool:
        answer = self.control(f"Q {name} f t")
        assert answer == "E50" or answer.split()[0].isdigit(), answer
        return answer != "E50"

    def keep(self, seconds: float, what) -> None:
        """Does it five times a second."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            what()
            time.sleep(0.2)

    def assert_ends(self, name: str) -> None:
        deadline = time.monotonic() + TIME_OUT + 3
        while self.is_alive(name):
            assert time.monotonic() < deadline, f"{name} does not end"
            time.sleep(0.05)


@pytest.fixture
def sessions(relay):
    with contextlib.ExitStack() as stack:
        yield Sessions(relay, stack)


@pytest.mark.relay(idle_timeout=f"{TIME_OUT}s")
def test_session_lives_as_long_as_one_party_is_heard(sessions):
    """By RTP, or by RTCP alone; not by strangers, and not by questions about it."""
    rtp_alone, rtcp_alone, stranger, silent = (
        sessions.set_up(name) for name in ("rtp", "rtcp", "stranger", "silent"))
    for call in (rtp_alone, stranger):
        assert_is_heard(sessions.alice, call.for_caller, sessions.bob, ssrc=1)
    numbers = iter(range(100, 1000))

    def speak():
        sessions.alice.send(rtp(next(numbers), 1), rtp_alone.for_caller)
        sessions.alice_rtcp.send(REPORT, rtcp_alone.for_caller.rtcp)
        sessions.stranger.send(rtp(next(numbers), 2), stranger.for_caller)

    sessions.keep(2 * TIME_OUT + 1.5, speak)
    assert sessions.is_alive("rtp") and sessions.is_alive("rtcp")
    assert not sessions.is_alive("stranger") and not sessions.is_alive("silent")
    sessions.assert_ends("rtp")
    sessions.assert_ends("rtcp")


@pytest.mark.relay(idle_timeout=f"{TIME_OUT}s", more_media="each_direction_times_out = true")
def test_session_ends_when_one_party_is_silent_if_so_configured(sessions):
    one_way, both_ways = sessions.set_up("one-way"), sessions.set_up("both-ways")
    numbers = iter(range(1, 1000))

    def speak():
        for call in (one_way, both_ways):
            sessions.alice.send(rtp(next(numbers), 1), call.for_caller)
        sessions.bob.send(rtp(next(numbers), 2), both_ways.for_callee)

    sessions.keep(TIME_OUT + 1.5, speak)
    assert not sessions.is_alive("one-way") and sessions.is_alive("both-ways")
    sessions.assert_ends("both-ways")


@pytest.mark.relay(more_media=f'setup_timeout = "{TIME_OUT}s"')
def test_offer_without_answer_has_a_time_out_of_its_own(sessions):
    sessions.set_up("answered")
    for_callee = sessions.control.endpoint(f"U offered {ALICE.ip} 4000 f")
    assert sessions.is_alive("offered")
    sessions.keep(TIME_OUT + 1.5, lambda: sessions.bob.send(rtp(1), for_callee))
    assert not sessions.is_alive("offered") and sessions.is_alive("answered")
