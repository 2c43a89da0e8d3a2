# SPDX-License-Identifier: BSD-2-Clause
"""Frames that nobody should send, amid a call that must not notice them."""

import dataclasses
import random
from typing import Callable

from scapy.layers.inet import IP
from scapy.layers.l2 import Dot1Q, Ether
from scapy.packet import Packet, Raw

from lab.control import Endpoint
from lab.frames import damaged, rtp, to_relay
from lab.network import ALICE, MALLORY, RELAY
from lab.wire import Wire

TIMES = 3
CALLER_PORT = 20000  # Of mediaplane-phones' first call.


@dataclasses.dataclass(frozen=True)
class Case:
    """A frame made of a right packet of the caller, and the reason for which it is dropped."""

    name: str
    drop: str
    make: Callable[[Endpoint], Packet | bytes]  # From the endpoint that the caller sends to.


def sent_with(ip: dict | None = None, udp: dict | None = None):
    """From Mallory's card but with the caller's address and port, as a spoofer would."""
    def make(relay: Endpoint) -> Packet:
        return to_relay(dataclasses.replace(MALLORY, ip=ALICE.ip), CALLER_PORT, relay, rtp(9),
                        ip=ip, udp=udp)
    return make


def framed(**ether):
    def make(relay: Endpoint) -> Packet:
        frame = sent_with()(relay)
        for field, value in ether.items():
            setattr(frame[Ether], field, value)
        return frame
    return make


def cut_to(length: int):
    return lambda relay: bytes(sent_with()(relay))[:length]


def tagged(relay: Endpoint) -> Packet:
    right = sent_with()(relay)
    return Ether(src=MALLORY.mac, dst=RELAY.mac) / Dot1Q(vlan=7) / right[IP]


def ip_only(payload: bytes = b"", **fields):
    return lambda relay: (Ether(src=MALLORY.mac, dst=RELAY.mac) /
                          IP(src=ALICE.ip, dst=relay.ip, proto=17, **fields) / Raw(payload))


# No fragments: DPDK's af_packet has the kernel put them together before the relay sees them.
CASES = [
    Case("ethernet_header_only", "short_frame", cut_to(14)),
    Case("half_an_ip_header", "short_frame", cut_to(24)),
    Case("ip_version_5", "bad_ipv4_header", sent_with(ip={"version": 5})),
    Case("ip_header_of_4_words", "bad_ipv4_header", sent_with(ip={"ihl": 4})),
    Case("ip_header_longer_than_packet", "bad_ipv4_length", ip_only(ihl=15, len=20)),
    Case("ip_length_beyond_frame", "bad_ipv4_length", sent_with(ip={"len": 1000})),
    Case("ip_length_below_header", "bad_ipv4_length", sent_with(ip={"len": 19})),
    Case("ip_length_zero", "bad_ipv4_length", sent_with(ip={"len": 0})),
    Case("frame_cut_in_the_payload", "bad_ipv4_length", cut_to(100)),
    Case("ip_checksum", "bad_ipv4_checksum", sent_with(ip={"chksum": 0x1234})),
    Case("from_nobody", "bad_ipv4_source", sent_with(ip={"src": "0.0.0.0"})),
    Case("from_loopback", "bad_ipv4_source", sent_with(ip={"src": "127.0.0.1"})),
    Case("from_multicast", "bad_ipv4_source", sent_with(ip={"src": "224.0.0.1"})),
    Case("from_broadcast", "bad_ipv4_source", sent_with(ip={"src": "255.255.255.255"})),
    Case("from_ourselves", "own_address", sent_with(ip={"src": RELAY.ip})),
    Case("to_another_mac", "not_our_mac", framed(dst="02:00:00:00:99:99")),
    Case("to_multicast_mac", "multicast", framed(dst="01:00:5e:00:00:01")),
    Case("to_broadcast_mac", "multicast", framed(dst="ff:ff:ff:ff:ff:ff")),
    Case("to_multicast_ip", "multicast", sent_with(ip={"dst": "224.0.0.1"})),
    Case("to_broadcast_ip", "multicast", sent_with(ip={"dst": "198.18.0.255"})),
    Case("to_another_ip", "not_our_address", sent_with(ip={"dst": "198.18.0.77"})),
    Case("ttl_zero", "ttl_expired", sent_with(ip={"ttl": 0})),
    Case("tcp", "other_protocol", sent_with(ip={"proto": 6})),
    Case("half_a_udp_header", "bad_udp_length", ip_only(bytes(4))),
    Case("no_udp_header", "bad_udp_length", ip_only()),
    Case("udp_length_below_header", "bad_udp_length", sent_with(udp={"len": 7})),
    Case("udp_length_zero", "bad_udp_length", sent_with(udp={"len": 0})),
    Case("udp_length_beyond_packet", "bad_udp_length", sent_with(udp={"len": 900})),
    Case("from_udp_port_0", "bad_udp_port", sent_with(udp={"sport": 0})),
    Case("to_udp_port_0", "no_session", sent_with(udp={"dport": 0})),
    Case("vlan", "vlan_tag", tagged),
    Case("ipv6", "ipv6", framed(type=0x86DD)),
    Case("lldp", "other_ether_type", framed(type=0x88CC)),
    Case("short_arp", "short_frame", lambda relay: bytes(framed(type=0x0806)(relay))[:30]),
]


def endpoint_for_caller(running) -> Endpoint:
    match = running.process.wait_for_line(r"caller sends to (\S+):(\d+)")
    return Endpoint(match[1], int(match[2]))


def test_malformed_frames_are_dropped_by_name_and_harm_no_call(relay, phones):
    running = phones(seconds=4, announce=True)
    for_caller = endpoint_for_caller(running)
    with Wire(MALLORY) as mallory:
        for case in CASES * TIMES:
            mallory.send(case.make(for_caller))
    running.assert_clean()
    relay.stop()
    report = relay.dataplane.output
    for reason in sorted({case.drop for case in CASES}):
        wanted = TIMES * sum(case.drop == reason for case in CASES)
        assert relay.drops(reason) >= wanted, f"{reason}: sent {wanted}\n{report}"


def test_random_frames_are_survived(relay, phones):
    chance = random.Random(20260101)
    running = phones(seconds=4, announce=True)
    for_caller = endpoint_for_caller(running)
    right = bytes(to_relay(MALLORY, 4000, for_caller, rtp(1)))
    with Wire(MALLORY) as mallory:
        for _ in range(5000):
            mallory.send(damaged(right, chance))
    running.assert_clean()
