# SPDX-License-Identifier: BSD-2-Clause
"""The relay as a neighbour on an Ethernet: ARP and ping, without a kernel's help."""

import pytest
from scapy.layers.inet import ICMP, IP
from scapy.layers.l2 import ARP, Ether

from lab import netns
from lab.frames import arp_announcement, arp_question, is_arp, is_ip_from_relay
from lab.network import ALICE, FAR, RELAY, ROUTER
from lab.wire import Wire

REQUEST, REPLY = 1, 2
MOVED_MAC = "02:00:00:00:00:77"


@pytest.fixture
def alice(lab):
    with Wire(ALICE) as wire:
        yield wire


def test_arp_is_answered_for_our_address(relay, alice):
    alice.send(arp_question(ALICE, RELAY.ip))
    answer = alice.wait_for(is_arp(REPLY, RELAY.ip))
    assert (answer.src, answer.dst) == (RELAY.mac, ALICE.mac)
    arp = answer[ARP]
    assert (arp.hwsrc, arp.hwdst, arp.pdst) == (RELAY.mac, ALICE.mac, ALICE.ip)


@pytest.mark.parametrize("ip", ["198.18.0.2", "198.18.0.255", "198.18.0.0", "10.0.0.1"])
def test_arp_is_not_answered_for_another_address(relay, alice, ip):
    alice.send(arp_question(ALICE, ip))
    assert alice.collect(is_arp(REPLY, ip), 0.3) == []


def test_address_is_announced_at_start(make_relay, alice):
    make_relay().start()
    announcement = alice.wait_for(
        lambda frame: ARP in frame and frame[ARP].psrc == frame[ARP].pdst == RELAY.ip)
    assert announcement.dst == "ff:ff:ff:ff:ff:ff"
    assert announcement.src == announcement[ARP].hwsrc == RELAY.mac


@pytest.mark.parametrize("size", [0, 56, 57, 1000, 1472])
def test_ping_is_answered(relay, size):
    ping = netns.run(ALICE.name, "ping", "-n", "-q", "-c", "3", "-i", "0.2", "-W", "1", "-s", str(size),
                   RELAY.ip, check=False)
    assert " 3 received" in ping.stdout, ping.stdout


def test_ping_through_the_gateway_is_answered(relay):
    ping = netns.run(FAR.name, "ping", "-n", "-q", "-c", "3", "-i", "0.2", "-W", "1", RELAY.ip,
                   check=False)
    assert " 3 received" in ping.stdout, ping.stdout


def test_ping_with_a_wrong_checksum_is_not_answered(relay, alice):
    alice.send(Ether(src=ALICE.mac, dst=RELAY.mac) / IP(src=ALICE.ip, dst=RELAY.ip) /
               ICMP(id=1, seq=1, chksum=0x1234) / b"payload")
    assert alice.collect(is_ip_from_relay, 0.3) == []
    relay.stop()
    assert relay.drops("bad_icmp") == 1


def move(alice: Wire, mac: str) -> None:
    """A phone gets another network card and says so, as kernels do (arp_notify)."""
    netns.run(ALICE.name, "ip", "link", "set", ALICE.interface, "address", mac)
    alice.send(arp_announcement(ALICE.ip, mac))


def test_phone_that_changes_its_mac_gets_media_again(relay, phones, alice):
    phones(seconds=1).assert_clean()
    move(alice, MOVED_MAC)
    alice.wait_for(is_arp(REQUEST, RELAY.ip), timeout=3)  # The relay asks who has the address now.
    phones(seconds=1).assert_clean()
