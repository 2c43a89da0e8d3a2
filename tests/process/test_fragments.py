# SPDX-License-Identifier: BSD-2-Clause
"""Datagrams that are longer than a packet: in fragments in, in fragments out, by kernels that split and
put together by themselves.

IPv4 comes over a TAP: of what DPDK's af_packet receives the kernel puts IPv4 together before the relay
sees it. It leaves IPv6 alone."""

import contextlib
import random
import socket
import struct
import threading
import time

import pytest
from scapy.layers.inet import IP
from scapy.layers.inet6 import IPv6, IPv6ExtHdrFragment
from scapy.layers.l2 import Ether

from lab import netns, network
from lab.control import Endpoint
from lab.frames import rtp
from lab.frames6 import to_relay6
from lab.network import ALICE, BOB, IP6, MALLORY, RELAY, ROUTER6, Host
from lab.udp import UdpSocket
from lab.wire import Wire

CALLER_PORT, CALLEE_PORT = 4000, 5000
TAP = "mp-tap"
TAP_RELAY = "10.7.0.1"
# The kernel behind the TAP is their host.
DAVE = Host(RELAY.name, "10.7.0.2", "", interface=TAP)
ERIN = Host(RELAY.name, "10.7.0.3", "", interface=TAP)
TAP_PORT = f"""
[[port]]
name = "tap"
device = "net_tap0,iface={TAP}"
addresses = ["{TAP_RELAY}/24"]
"""
# Holds what a flood brings while the worker waits for its CPU for most of a second.
DEVICE = f"net_af_packet0,iface={RELAY.interface},framecnt=16384"
ADDRESSES = f'"{RELAY.ip}/24", "{IP6[RELAY]}/64"'
GATEWAY6 = f'gateway6 = "{ROUTER6}"'
SIZES = (1473, 2000, 3000, 8000)
SHORT_MTU = 1300
PATIENCE = 10  # Seconds; other programs may have the CPUs for a while.
IP_MTU_DISCOVER, IP_PMTUDISC_DONT, IP_PMTUDISC_PROBE = 10, 0, 3  # linux/in.h


@pytest.fixture
def long_relay(lab, make_relay):
    """With a port on the switch, IPv4 and IPv6, and one on a TAP."""
    network.add_ipv6()

    def start(first: str = TAP_RELAY, second: str = "", mtu: int = 1500):
        bridge = (f'addresses = ["{first}", "{second}"]\nbridge = true\nsymmetric = true' if second
                  else f'addresses = ["{first}"]')
        relay = make_relay(device=DEVICE, addresses=ADDRESSES, mtu=mtu, more_of_port=GATEWAY6,
                           more_ports=TAP_PORT, more_media=bridge).start()
        for host in (DAVE, ERIN):
            netns.run(RELAY.name, "ip", "address", "add", f"{host.ip}/24", "dev", TAP)
        return relay

    return start


@contextlib.contextmanager
def parties(relay, caller, callee, networks=""):
    """Both have heard the other, so that all neighbours are known."""
    with UdpSocket(*caller) as left, UdpSocket(*callee) as right:
        call = relay.control.set_up("long", left.endpoint, right.endpoint, networks)
        for sequence in range(20):
            left.send(rtp(sequence), call.for_caller)
            right.send(rtp(sequence), call.for_callee)
            if right.next(0.5) is not None and left.next(0.5) is not None:
                break
        while left.next(0.1) is not None or right.next(0.1) is not None:
            pass
        yield call, left, right


def payload_of(size: int, number: int = 0) -> bytes:
    return rtp(100 + number, size=size - 12)


def assert_long_ones_pass_both_ways(call, left, right, rounds=5) -> None:
    for number in range(rounds):
        for size in SIZES:
            payload = payload_of(size, number)
            left.send(payload, call.for_caller)
            assert right.next(PATIENCE) == payload, f"{size} bytes to the callee"
            right.send(payload, call.for_callee)
            assert left.next(PATIENCE) == payload, f"{size} bytes to the caller"


def assert_nothing_was_dropped(relay) -> None:
    relay.stop()
    for reason in ("fragment", "fragment_bad", "fragment_overlap", "fragment_duplicate",
                   "fragment_too_long", "fragment_table_full", "fragment_timeout", "too_big",
                   "no_buffer", "bad_ipv4_length", "bad_udp_checksum"):
        assert relay.drops(reason) == 0, relay.dataplane.output


def test_long_datagrams_of_ipv4_pass_both_ways(long_relay):
    relay = long_relay()
    with parties(relay, (DAVE, CALLER_PORT), (ERIN, CALLEE_PORT)) as (call, left, right):
        assert_long_ones_pass_both_ways(call, left, right)
    assert_nothing_was_dropped(relay)


def test_long_datagrams_of_ipv6_pass_both_ways(long_relay):
    relay = long_relay(IP6[RELAY])
    with parties(relay, (ALICE, CALLER_PORT, IP6[ALICE]),
                 (BOB, CALLEE_PORT, IP6[BOB])) as (call, left, right):
        assert_long_ones_pass_both_ways(call, left, right)
    assert_nothing_was_dropped(relay)


def test_long_datagrams_pass_from_family_to_family(long_relay):
    relay = long_relay(TAP_RELAY, IP6[RELAY])
    with parties(relay, (DAVE, CALLER_PORT), (BOB, CALLEE_PORT, IP6[BOB]),
                 "IE") as (call, left, right):
        assert_long_ones_pass_both_ways(call, left, right)
    assert_nothing_was_dropped(relay)


def test_what_is_too_long_for_its_way_out_is_split_unless_that_is_forbidden(long_relay):
    """1400 bytes come in one packet, and the other network takes 1300."""
    relay = long_relay(TAP_RELAY, RELAY.ip, mtu=SHORT_MTU)
    with parties(relay, (DAVE, CALLER_PORT), (BOB, CALLEE_PORT),
                 "IE") as (call, left, right), Wire(BOB) as wire:
        left.set_option(socket.IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_DONT)
        numbers = set()
        for number in range(5):
            left.send(payload_of(1400, number), call.for_caller)
            assert right.next() == payload_of(1400, number)
            pieces = [wire.wait_for(lambda frame: IP in frame and frame[IP].src == RELAY.ip)
                      for _ in range(2)]
            assert all(len(piece) <= SHORT_MTU + 14 for piece in pieces)
            assert len({piece[IP].id for piece in pieces}) == 1
            numbers.add(pieces[0][IP].id)
        assert len(numbers) == 5
        left.send(payload_of(2000), call.for_caller)  # In fragments of another length.
        assert right.next() == payload_of(2000)
        left.set_option(socket.IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_PROBE)  # DF is set.
        left.send(payload_of(1400), call.for_caller)
        assert right.next(0.5) is None
    relay.stop()
    assert relay.drops("too_big") == 1


class Flood(threading.Thread):
    """First fragments of datagrams whose rest never comes, each of another source and number, or all
    of one source."""

    PER_SECOND = 20000

    def __init__(self, spoofed: bool):
        super().__init__(daemon=True)
        self.sent = 0
        self._spoofed = spoofed
        self._over = threading.Event()
        whole = to_relay6(MALLORY, 6666, Endpoint(IP6[RELAY], 40000), bytes(1000))
        packet = whole.copy()
        packet.payload.payload = IPv6ExtHdrFragment(nh=17, m=1, id=1) / bytes(whole)[54:118]
        self._frame = bytearray(bytes(packet))

    def run(self) -> None:
        chance = random.Random(1)
        started = time.monotonic()
        with Wire(MALLORY) as wire:
            while not self._over.is_set():
                due = int((time.monotonic() - started) * self.PER_SECOND)
                for _ in range(min(due - self.sent, 200)):
                    struct.pack_into("!I", self._frame, 58, chance.getrandbits(32))
                    if self._spoofed:
                        struct.pack_into("!I", self._frame, 26, chance.getrandbits(32))
                    wire.send(self._frame)
                    self.sent += 1
                time.sleep(0.0005)  # The next few are due then.
        self.seconds = time.monotonic() - started

    def stop(self) -> None:
        self._over.set()
        self.join()


def resident_bytes(pid: int) -> int:
    with open(f"/proc/{pid}/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * 4096


def send_until_it_passes(call, left, right, number: int) -> None:
    """A housekeeper that waits for its CPU while the flood goes on loses some (`slow_path_full`)."""
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        left.send(payload_of(2000, number), call.for_caller)
        while (datagram := right.next(0.2)) is not None:
            if datagram == payload_of(2000, number):
                return
    raise AssertionError(f"datagram {number} did not pass")


@pytest.mark.parametrize("spoofed", [False, True], ids=["one source", "spoofed sources"])
def test_a_flood_of_fragments_costs_no_media_and_fragments_still_pass(long_relay, phones_of, spoofed):
    relay = long_relay(RELAY.ip, IP6[RELAY])
    with parties(relay, (ALICE, CALLER_PORT, IP6[ALICE]), (BOB, CALLEE_PORT, IP6[BOB]),
                 "EE") as (call, left, right):
        running = phones_of(relay, calls=5, seconds=4, offer="II", answer="II").until_up()
        before = resident_bytes(relay.dataplane.popen.pid)
        flood = Flood(spoofed)
        flood.start()
        for number in range(50):
            send_until_it_passes(call, left, right, number)
            time.sleep(0.02)  # Over a second of it.
        assert " 0 received" not in netns.run(ALICE.name, "ping", "-n", "-q", "-c", "10", "-i", "0.1",
                                              "-W", "1", RELAY.ip, check=False).stdout
        running.assert_clean()
        flood.stop()
        send_until_it_passes(call, left, right, 50)
        while right.next(0.3) is not None:  # One that was late.
            pass
        assert_long_ones_pass_both_ways(call, left, right, rounds=1)
        assert resident_bytes(relay.dataplane.popen.pid) - before < 8 << 20
    relay.stop()
    print(f"{flood.sent / flood.seconds:.0f} fragments a second")
    assert flood.sent / flood.seconds > 5000
    assert relay.drops("fragment_table_full") > 1000, relay.dataplane.output


def test_a_broken_datagram_ends_by_name_and_spoils_no_other(long_relay):
    relay = long_relay(IP6[RELAY])
    with parties(relay, (ALICE, CALLER_PORT, IP6[ALICE]), (BOB, CALLEE_PORT, IP6[BOB])) as (
            call, left, right), Wire(ALICE) as wire:
        packet = to_relay6(ALICE, CALLER_PORT, call.for_caller, payload_of(2000))
        ip, datagram = packet[IPv6].copy(), bytes(packet)[54:]
        ip.remove_payload()

        def piece(begin, end, number, more=True):
            header = IPv6ExtHdrFragment(nh=17, offset=begin // 8, m=more, id=number)
            wire.send(Ether(src=ALICE.mac, dst=RELAY.mac) / ip / header / datagram[begin:end])

        piece(0, 1000, 1)
        piece(992, 2008, 1, more=False)   # Overlaps.
        piece(1000, 2008, 1, more=False)  # Too late.
        piece(0, 1000, 2)
        piece(0, 1000, 2)                 # Once more.
        piece(0, 8, 3)                    # Tiny.
        for place in range(9):
            piece(place * 72, place * 72 + 72, 4)
        piece(0, 1000, 5)                 # Never whole.
        piece(1000, 2008, 2, more=False)
        assert right.next() == payload_of(2000)
        deadline = time.monotonic() + 10
        while relay.telemetry("/mediaplane/drops")["fragment_timeout"] != 1:
            assert time.monotonic() < deadline
            time.sleep(0.05)  # Between two questions; the deadline decides.
        assert_long_ones_pass_both_ways(call, left, right, rounds=1)
    relay.stop()
    expected = {"fragment_overlap": 3, "fragment_duplicate": 1, "fragment_bad": 1,
                "fragment_too_long": 9, "fragment_timeout": 1}
    assert {reason: relay.drops(reason) for reason in expected} == expected
