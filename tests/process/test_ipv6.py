# SPDX-License-Identifier: BSD-2-Clause
"""The relay in IPv6: as a neighbour, and with the media of calls, of one family or of two."""

import re
import time

import pytest
from scapy.layers.inet import IP, UDP
from scapy.layers.inet6 import (ICMPv6ND_NA, ICMPv6NDOptDstLLAddr, IPv6, IPv6ExtHdrDestOpt,
                                IPv6ExtHdrHopByHop)

from lab import netns, network
from lab.control import Endpoint
from lab.frames import assert_same, from_relay, is_udp_from, rtp, to_relay
from lab.frames6 import (ALL_NODES, advertisement, from_relay6, is_advertisement_of,
                         is_solicitation_of, is_udp6_from, solicitation, to_relay6)
from lab.network import ALICE, BOB, FAR, IP6, MALLORY, RELAY, ROUTER, ROUTER6, Host
from lab.relay import Relay
from lab.udp import UdpSocket
from lab.wire import Wire

CALLER_PORT, CALLEE_PORT = 4000, 5000
BOTH = {"addresses": f'"{RELAY.ip}/24", "{IP6[RELAY]}/64"',
             "more_of_port": f'gateway6 = "{ROUTER6}"'}
BRIDGE = {**BOTH,
          "more_media": f'addresses = ["{RELAY.ip}", "{IP6[RELAY]}"]\nbridge = true'}
LONGEST = 1500 - 48  # Of a payload in IPv6.


@pytest.fixture
def ipv6(lab):
    network.add_ipv6()


@pytest.fixture
def relay(ipv6, make_relay):
    return make_relay(**BOTH).start()


def at(host: Host, port: int) -> Endpoint:
    return Endpoint(IP6[host], port)


@pytest.fixture
def call(relay):
    return relay.control.set_up("ipv6", at(ALICE, CALLER_PORT), at(BOB, CALLEE_PORT))


def test_solicitation_is_answered_to_its_asker(relay, alice):
    alice.send(solicitation(ALICE, IP6[RELAY]))
    answer = alice.wait_for(lambda frame: is_advertisement_of(IP6[RELAY])(frame)
                            and frame[IPv6].dst != ALL_NODES)  # As announcements are.
    assert (answer.src, answer.dst) == (RELAY.mac, ALICE.mac)
    assert (answer[IPv6].dst, answer[IPv6].hlim) == (IP6[ALICE], 255)
    told = answer[ICMPv6ND_NA]
    assert (told.R, told.S, told.O) == (0, 1, 1)
    assert answer[ICMPv6NDOptDstLLAddr].lladdr == RELAY.mac
    checksum = told.cksum
    del told.cksum
    assert IPv6(bytes(answer[IPv6]))[ICMPv6ND_NA].cksum == checksum


def test_probe_for_duplicates_is_answered_to_all_nodes(relay, alice):
    alice.send(solicitation(ALICE, IP6[RELAY], source="::"))
    answer = alice.wait_for(lambda frame: is_advertisement_of(IP6[RELAY])(frame)
                            and frame[IPv6].dst == ALL_NODES)
    assert answer[ICMPv6ND_NA].S == 0


def test_what_does_not_concern_us_is_not_answered(relay, alice):
    alice.collect(is_advertisement_of(IP6[RELAY]), 2.5)  # Announcements are over.
    alice.send(solicitation(ALICE, IP6[RELAY], hlim=254))  # From beyond a router.
    alice.send(solicitation(ALICE, "2001:db8:18::2"))
    alice.send(solicitation(ALICE, "2001:db8:19::1"))  # In the same group as our address.
    assert alice.collect(lambda frame: ICMPv6ND_NA in frame, 0.3) == []


def test_address_is_probed_and_announced_at_start(ipv6, make_relay, alice):
    make_relay(**BOTH).start()
    probe = alice.wait_for(is_solicitation_of(IP6[RELAY], "::"))
    assert probe[IPv6].hlim == 255
    announcement = alice.wait_for(is_advertisement_of(IP6[RELAY]))
    assert announcement[IPv6].dst == ALL_NODES
    assert announcement[ICMPv6ND_NA].S == 0


def test_duplicate_of_our_address_is_logged(relay, alice):
    alice.send(advertisement(IP6[RELAY], ALICE.mac))
    relay.dataplane.wait_for_line(rf"address {IP6[RELAY]} is used by {ALICE.mac} as well")


def ping(host: Host, size: int = 56) -> str:
    return netns.run(host.name, "ping", "-6", "-n", "-q", "-c", "3", "-i", "0.2", "-W", "1",
                     "-s", str(size), IP6[RELAY], check=False).stdout


def test_ping_is_answered_in_all_sizes_and_through_the_gateway(relay):
    for size in (0, 1, 56, 1000, 1452):
        assert " 3 received" in ping(ALICE, size), size
    assert " 3 received" in ping(FAR)
    relay.stop()
    assert relay.drops("bad_icmp") == 0


def test_neighbours_of_both_families_are_told(relay, call):
    """The housekeeper tells once a second; each answer of ours is then a second old at most."""
    expected = {f"{ip} {mac} wan" for ip, mac in (
        (ROUTER.ip, ROUTER.mac), (ROUTER6, ROUTER.mac),
        (IP6[ALICE], ALICE.mac), (IP6[BOB], BOB.mac))}
    deadline = time.monotonic() + 5
    while set((told := relay.telemetry("/mediaplane/neighbours")).values()) != expected:
        assert time.monotonic() < deadline, told
        time.sleep(0.05)  # Between two questions; the deadline decides.


PAYLOADS = (rtp(1), b"", b"x", rtp(1, size=161), bytes(64), bytes(LONGEST))


def test_packets_arrive_rewritten_and_otherwise_unchanged(call, alice, bob):
    for payload in PAYLOADS:
        alice.send(to_relay6(ALICE, CALLER_PORT, call.for_caller, payload))
        frame = bob.wait_for(is_udp6_from(call.for_callee))
        assert_same(frame, from_relay6(call.for_callee, BOB, CALLEE_PORT, payload))
        bob.send(to_relay6(BOB, CALLEE_PORT, call.for_callee, payload))
        frame = alice.wait_for(is_udp6_from(call.for_caller))
        assert_same(frame, from_relay6(call.for_caller, ALICE, CALLER_PORT, payload))


def test_extension_headers_are_not_passed_on(call, alice, bob):
    alice.send(to_relay6(ALICE, CALLER_PORT, call.for_caller, rtp(1),
                         extensions=IPv6ExtHdrHopByHop() / IPv6ExtHdrDestOpt()))
    frame = bob.wait_for(is_udp6_from(call.for_callee))
    assert_same(frame, from_relay6(call.for_callee, BOB, CALLEE_PORT, rtp(1)))


def talk(sender: UdpSocket, to: Endpoint, receiver: UdpSocket, payloads) -> None:
    """Each packet must arrive before the next is sent."""
    for payload in payloads:
        sender.send(payload, to)
        assert receiver.next() == payload


def wait_until_learned(relay: Relay, side: str, source: Endpoint) -> None:
    relay.controlplane.wait_for_line(
        re.escape(f"RTP of the {side} at [{source.ip}]:{source.port}"))


def test_source_is_learned_behind_nat(relay):
    """The callee sends from another port than it signals, the caller from beyond the gateway."""
    with (UdpSocket(FAR, 4444, IP6[FAR]) as far, UdpSocket(BOB, 5555, IP6[BOB]) as bob):
        call = relay.control.set_up("nat", at(FAR, 4444), at(BOB, CALLEE_PORT))
        talk(bob, call.for_callee, far, [rtp(i) for i in range(6)])
        wait_until_learned(relay, "callee", bob.endpoint)
        talk(far, call.for_caller, bob, [rtp(i, 2) for i in range(6)])
        talk(far, call.for_caller, bob, [b"", b"x" * LONGEST])


def test_stranger_is_shut_out_of_a_locked_call(relay):
    with (UdpSocket(ALICE, CALLER_PORT, IP6[ALICE]) as alice,
          UdpSocket(BOB, CALLEE_PORT, IP6[BOB]) as bob,
          UdpSocket(MALLORY, 6666, IP6[MALLORY]) as mallory):
        call = relay.control.set_up("strangers", alice.endpoint, bob.endpoint)
        talk(alice, call.for_caller, bob, [rtp(i) for i in range(6)])
        for sequence in range(50):
            mallory.send(rtp(sequence, 0xBAD), call.for_caller)
        assert bob.collect(0.3) == []
    relay.stop()
    assert relay.drops("source_mismatch") == 50


def test_unasked_advertisements_move_no_media(relay):
    with (UdpSocket(ALICE, CALLER_PORT, IP6[ALICE]) as alice,
          UdpSocket(BOB, CALLEE_PORT, IP6[BOB]) as bob, Wire(MALLORY) as mallory):
        call = relay.control.set_up("poison", alice.endpoint, bob.endpoint)
        for sequence in range(20):
            talk(alice, call.for_caller, bob, [rtp(sequence)])
            mallory.send(advertisement(IP6[BOB], MALLORY.mac, RELAY))
            mallory.send(advertisement(IP6[BOB], MALLORY.mac))
            mallory.send(advertisement(ROUTER6, MALLORY.mac, RELAY))


MALFORMED = {
    "bad_ipv6_header": {"ip": {"version": 5}},
    "bad_ipv6_length": {"ip": {"plen": 1000}},
    "bad_ipv6_source": {"ip": {"src": "::1"}},
    "own_address": {"ip": {"src": IP6[RELAY]}},
    "not_our_address": {"ip": {"dst": "2001:db8:18::77"}},
    "multicast": {"ip": {"dst": "ff0e::1"}},
    "ttl_expired": {"ip": {"hlim": 0}},
    "other_protocol": {"ip": {"nh": 59}},
    "bad_udp_length": {"udp": {"len": 7}},
    "no_udp_checksum": {"udp": {"chksum": 0}},
    "bad_udp_port": {"udp": {"sport": 0}},
    "bad_ipv6_extension": {"extensions": IPv6ExtHdrDestOpt(len=200)},
}


def test_malformed_packets_are_dropped_by_name_and_harm_no_call(relay, call, alice, bob):
    with Wire(MALLORY) as mallory:
        for sequence, fields in enumerate(MALFORMED.values()):
            fields = {**fields, "ip": {"src": IP6[ALICE], **fields.get("ip", {})}}
            mallory.send(to_relay6(MALLORY, CALLER_PORT, call.for_caller, rtp(9), **fields))
            alice.send(to_relay6(ALICE, CALLER_PORT, call.for_caller, rtp(sequence)))
            frame = bob.wait_for(is_udp6_from(call.for_callee))
            assert_same(frame, from_relay6(call.for_callee, BOB, CALLEE_PORT, rtp(sequence)))
    relay.stop()
    for reason in MALFORMED:
        assert relay.drops(reason) >= 1, f"{reason}\n{relay.dataplane.output}"


# One party in IPv4 and the other in IPv6.

@pytest.fixture
def bridge(ipv6, make_relay):
    return make_relay(**BRIDGE).start()


@pytest.fixture
def mixed_call(bridge):
    """The caller is in the internal network, IPv4; the callee in the external one, IPv6."""
    return bridge.control.set_up("mixed", Endpoint(ALICE.ip, CALLER_PORT), at(BOB, CALLEE_PORT),
                                 networks="IE")


def test_mixed_call_is_byte_exact_both_ways(bridge, mixed_call, alice, bob):
    assert mixed_call.for_caller.ip == RELAY.ip and mixed_call.for_callee.ip == IP6[RELAY]
    for payload in PAYLOADS:
        for checksum in ({}, {"chksum": 0}):
            alice.send(to_relay(ALICE, CALLER_PORT, mixed_call.for_caller, payload, udp=checksum))
            frame = bob.wait_for(is_udp6_from(mixed_call.for_callee))
            assert_same(frame, from_relay6(mixed_call.for_callee, BOB, CALLEE_PORT, payload))
        bob.send(to_relay6(BOB, CALLEE_PORT, mixed_call.for_callee, payload))
        frame = alice.wait_for(is_udp_from(mixed_call.for_caller))
        assert_same(frame, from_relay(mixed_call.for_caller, ALICE, CALLER_PORT, payload,
                                      frame[IP].id))


def test_ipv4_packet_that_is_too_big_in_ipv6_is_dropped_by_name(bridge, mixed_call, alice, bob):
    for size in (LONGEST, LONGEST + 1, 1472):
        alice.send(to_relay(ALICE, CALLER_PORT, mixed_call.for_caller, bytes(size)))
    sizes = [len(frame[UDP].payload) for frame in bob.collect(is_udp6_from(mixed_call.for_callee), 0.5)]
    assert sizes == [LONGEST]
    bridge.stop()
    assert bridge.drops("too_big") == 2


def test_wrong_checksum_does_not_cross_families(bridge, mixed_call, alice, bob):
    for sequence in range(6):
        alice.send(to_relay(ALICE, CALLER_PORT, mixed_call.for_caller, rtp(sequence)))
        bob.wait_for(is_udp6_from(mixed_call.for_callee))
    alice.send(to_relay(ALICE, CALLER_PORT, mixed_call.for_caller, rtp(6),
                        udp={"chksum": 0x1234}))
    assert bob.collect(is_udp6_from(mixed_call.for_callee), 0.3) == []
    bridge.stop()
    assert bridge.drops("bad_udp_checksum") == 1


def test_mixed_call_of_kernel_sockets_behind_nat(bridge):
    with (UdpSocket(ALICE, 4444) as alice, UdpSocket(FAR, 5555, IP6[FAR]) as far):
        call = bridge.control.set_up("sockets", Endpoint(ALICE.ip, 4444), at(BOB, CALLEE_PORT),
                                     networks="IES")
        talk(far, call.for_callee, alice, [rtp(i, 2) for i in range(6)])
        wait_until_learned(bridge, "callee", far.endpoint)
        talk(alice, call.for_caller, far, [rtp(i) for i in range(6)])
        for size in (0, 1, 2, 160, 1000, LONGEST):
            talk(alice, call.for_caller, far, [bytes([size & 0xFF]) * size])
            talk(far, call.for_callee, alice, [bytes([size & 0xFF]) * size])
