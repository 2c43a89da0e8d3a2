# SPDX-License-Identifier: BSD-2-Clause
"""Two networks: Carol inside, the others outside, and the relay with a port on each."""

import pytest
from lab.control import Endpoint
from lab.frames import rtp
from lab.network import ALICE, BOB, CAROL, INSIDE_RELAY, RELAY
from lab.udp import UdpSocket

INSIDE_PORT = f"""
[[port]]
name = "lan"
device = "net_af_packet1,iface={INSIDE_RELAY.interface},framecnt=4096"
addresses = ["{INSIDE_RELAY.ip}/24"]
"""
BRIDGE = f'addresses = ["{INSIDE_RELAY.ip}", "{RELAY.ip}"]\nbridge = true'

pytestmark = pytest.mark.relay(more_ports=INSIDE_PORT, more_media=BRIDGE)


@pytest.mark.parametrize(
    "caller, callee, letters",
    [(CAROL, BOB, "IE"), (ALICE, CAROL, "EI"), (ALICE, BOB, "EE"), (CAROL, CAROL, "II")],
    ids=["out", "in", "outside", "inside"],
)
def test_calls_across_and_within_networks_lose_nothing(phones, caller, callee, letters):
    run = phones(caller=caller, callee=callee, offer=letters, answer=letters, calls=5, seconds=3)
    run.assert_clean()


def test_a_call_of_many_packets_across_loses_nothing(phones):
    phones(caller=CAROL, callee=BOB, offer="IE", calls=30, seconds=5, rate=100).assert_clean()


def test_parties_are_asymmetric_unless_s_says_otherwise(relay):
    with UdpSocket(CAROL, 4000) as told, UdpSocket(CAROL, 4002) as real, UdpSocket(BOB, 5000) as bob:
        for modifiers, hears in (("IE", told), ("SIE", real)):
            call = f"call{modifiers}"
            callee_sends_to = relay.control.endpoint(f"U{modifiers} {call} {CAROL.ip} 4000 f")
            caller_sends_to = relay.control.endpoint(f"LIE {call} {BOB.ip} 5000 f t")
            assert (callee_sends_to.ip, caller_sends_to.ip) == (RELAY.ip, INSIDE_RELAY.ip)
            # Whatever Carol sends from, Bob hears it; her media follows her only with S.
            real.send(rtp(1), caller_sends_to)
            assert bob.next() == rtp(1)
            for sequence in range(2, 7):
                real.send(rtp(sequence), caller_sends_to)
                assert bob.next() == rtp(sequence)
            bob.send(rtp(100), callee_sends_to)
            assert hears.next() == rtp(100), modifiers
            relay.control(f"D {call} f t")


def test_another_host_is_not_heard_by_an_asymmetric_party(relay):
    with UdpSocket(ALICE, 4000) as stranger, UdpSocket(CAROL, 4000) as carol:
        relay.control.endpoint(f"UEI call {BOB.ip} 5000 f")
        caller_sends_to = relay.control.endpoint(f"LEI call {CAROL.ip} 4000 f t")
        for sequence in range(20):
            stranger.send(rtp(sequence), caller_sends_to)
        assert carol.next(0.2) is None
    relay.stop()
    assert relay.drops("source_mismatch") == 20


def test_what_one_network_knows_does_not_serve_the_other(relay):
    """A UDP port of the outside address is nobody's on the inside one."""
    with UdpSocket(CAROL, 4000) as carol, UdpSocket(BOB, 5000) as bob:
        callee_sends_to = relay.control.endpoint(f"UIE call {CAROL.ip} 4000 f")
        caller_sends_to = relay.control.endpoint(f"LIE call {BOB.ip} 5000 f t")
        other = Endpoint(INSIDE_RELAY.ip, callee_sends_to.port)
        if other != caller_sends_to:
            carol.send(rtp(1), other)
            assert bob.next(0.2) is None
        carol.send(rtp(2), caller_sends_to)
        assert bob.next() == rtp(2)
