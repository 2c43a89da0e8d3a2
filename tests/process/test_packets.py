# SPDX-License-Identifier: BSD-2-Clause
"""What the relay makes of a packet, compared byte for byte on the wire."""

import pytest
from scapy.layers.inet import IP, UDP, IPOption_NOP

from lab.control import Endpoint
from lab.frames import assert_same, from_relay, is_ip_from_relay, is_udp_from, rtp, to_relay
from lab.network import ALICE, BOB

CALLER_PORT, CALLEE_PORT = 4000, 5000


@pytest.fixture
def call(relay):
    return relay.control.set_up("packets", Endpoint(ALICE.ip, CALLER_PORT),
                                Endpoint(BOB.ip, CALLEE_PORT))


PAYLOADS = {
    "rtp": rtp(1),
    "empty": b"",
    "one_byte": b"x",
    "odd_length": rtp(1, size=161),
    "all_zero": bytes(64),
    "stun": bytes.fromhex("000100002112a442") + bytes(12),
    "as_long_as_the_mtu": bytes(range(256)) * 5 + bytes(192),
}
# Around the size of an RTP header and that of packets that may be sent twice.
PAYLOADS.update({f"{size}_bytes": bytes(i & 0xFF for i in range(size))
                 for size in (11, 12, 127, 128, 129)})


@pytest.mark.parametrize("payload", PAYLOADS.values(), ids=PAYLOADS.keys())
def test_packet_arrives_rewritten_and_otherwise_unchanged(call, alice, bob, payload):
    alice.send(to_relay(ALICE, CALLER_PORT, call.for_caller, payload))
    frame = bob.wait_for(is_udp_from(call.for_callee))
    assert_same(frame, from_relay(call.for_callee, BOB, CALLEE_PORT, payload, frame[IP].id))


def test_other_direction_is_rewritten_alike(call, alice, bob):
    bob.send(to_relay(BOB, CALLEE_PORT, call.for_callee, rtp(1)))
    frame = alice.wait_for(is_udp_from(call.for_caller))
    assert_same(frame, from_relay(call.for_caller, ALICE, CALLER_PORT, rtp(1), frame[IP].id))


def test_rtcp_goes_from_odd_port_to_odd_port(call, alice, bob):
    report = bytes.fromhex("80c90001") + bytes(4)
    alice.send(to_relay(ALICE, CALLER_PORT + 1, call.for_caller.rtcp, report))
    frame = bob.wait_for(is_udp_from(call.for_callee.rtcp))
    assert_same(frame, from_relay(call.for_callee.rtcp, BOB, CALLEE_PORT + 1, report,
                                      frame[IP].id))


def test_udp_checksum_zero_stays_zero(call, alice, bob):
    alice.send(to_relay(ALICE, CALLER_PORT, call.for_caller, rtp(1), udp={"chksum": 0}))
    frame = bob.wait_for(is_udp_from(call.for_callee))
    assert frame[UDP].chksum == 0
    assert_same(frame, from_relay(call.for_callee, BOB, CALLEE_PORT, rtp(1), frame[IP].id,
                                      udp={"chksum": 0}))


def test_ip_options_are_not_passed_on(call, alice, bob):
    alice.send(to_relay(ALICE, CALLER_PORT, call.for_caller, rtp(1),
                        ip={"options": [IPOption_NOP()] * 4}))
    frame = bob.wait_for(is_udp_from(call.for_callee))
    assert_same(frame, from_relay(call.for_callee, BOB, CALLEE_PORT, rtp(1), frame[IP].id))


def test_padding_behind_the_datagram_is_not_passed_on(call, alice, bob):
    alice.send(bytes(to_relay(ALICE, CALLER_PORT, call.for_caller, b"short")) + bytes(20))
    frame = bob.wait_for(is_udp_from(call.for_callee))
    assert_same(frame, from_relay(call.for_callee, BOB, CALLEE_PORT, b"short", frame[IP].id))


def test_broken_udp_checksum_stays_broken_on_a_locked_flow(call, alice, bob):
    for sequence in range(6):
        alice.send(to_relay(ALICE, CALLER_PORT, call.for_caller, rtp(sequence)))
        bob.wait_for(is_udp_from(call.for_callee))
    right = to_relay(ALICE, CALLER_PORT, call.for_caller, rtp(6))
    checksum = UDP(bytes(right[UDP])).chksum
    alice.send(to_relay(ALICE, CALLER_PORT, call.for_caller, rtp(6),
                        udp={"chksum": checksum ^ 0x0100}))
    frame = bob.wait_for(is_udp_from(call.for_callee))
    received = frame[UDP].chksum
    del frame[UDP].chksum
    assert received != UDP(bytes(frame[UDP])).chksum


def test_packets_before_the_answer_go_nowhere(relay, alice, bob):
    for_callee = relay.control.endpoint(f"U early {ALICE.ip} {CALLER_PORT} f")
    for sequence in range(5):
        bob.send(to_relay(BOB, CALLEE_PORT, for_callee, rtp(sequence)))
    relay.wait_for_drops("session_incomplete", 5)
    assert alice.collect(is_ip_from_relay, 0.1) == []
    relay.stop()
    assert relay.drops("session_incomplete") == 5


def test_packets_to_a_port_without_session_are_counted_and_not_answered(relay, alice):
    for sequence in range(20):
        alice.send(to_relay(ALICE, CALLER_PORT, Endpoint("198.18.0.1", 35000 + 2 * sequence),
                            rtp(sequence)))
    relay.wait_for_drops("no_session", 20)
    assert alice.collect(is_ip_from_relay, 0.1) == []
    relay.stop()
    assert relay.drops("no_session") == 20
