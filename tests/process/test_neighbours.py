# SPDX-License-Identifier: BSD-2-Clause
"""The relay as a neighbour on an Ethernet: ARP and ping, without a kernel's help."""

import time

import pytest
from scapy.layers.inet import ICMP, IP
from scapy.layers.l2 import ARP, Ether

from lab import netns
from lab.frames import (arp_announcement, arp_answer, arp_question, is_arp_answer_from,
                        is_arp_question, is_ip_from_relay)
from lab.network import ALICE, BOB, FAR, MALLORY, RELAY, ROUTER, Host
from lab.wire import Wire

MOVED_MAC = "02:00:00:00:00:77"


def test_arp_is_answered_for_our_address(relay, alice):
    alice.send(arp_question(ALICE, RELAY.ip))
    answer = alice.wait_for(is_arp_answer_from(RELAY.ip))
    assert (answer.src, answer.dst) == (RELAY.mac, ALICE.mac)
    arp = answer[ARP]
    assert (arp.hwsrc, arp.hwdst, arp.pdst) == (RELAY.mac, ALICE.mac, ALICE.ip)


@pytest.mark.parametrize("ip", ["198.18.0.2", "198.18.0.255", "198.18.0.0", "10.0.0.1"])
def test_arp_is_not_answered_for_another_address(relay, alice, ip):
    alice.send(arp_question(ALICE, ip))
    assert alice.collect(is_arp_answer_from(ip), 0.3) == []


def test_address_is_announced_at_start(make_relay, alice):
    make_relay().start()
    announcement = alice.wait_for(is_arp_question(RELAY.ip, RELAY.ip))
    assert announcement.dst == "ff:ff:ff:ff:ff:ff"
    assert announcement.src == announcement[ARP].hwsrc == RELAY.mac


def ping(host: Host, size: int = 56) -> str:
    """Three times, quickly; what ping says of it."""
    return netns.run(host.name, "ping", "-n", "-q", "-c", "3", "-i", "0.2", "-W", "1",
                     "-s", str(size), RELAY.ip, check=False).stdout


@pytest.mark.parametrize("size", [0, 56, 57, 1000, 1472])
def test_ping_is_answered(relay, size):
    assert " 3 received" in ping(ALICE, size)


def test_ping_through_the_gateway_is_answered(relay):
    assert " 3 received" in ping(FAR)


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


def test_phone_that_changes_its_mac_gets_media_again(relay, phones):
    """An announcement alone moves nothing; the relay asks, some seconds after its last answer."""
    phones(seconds=1, hold_open=True).assert_clean()
    with Wire(ALICE) as alice:
        move(alice, MOVED_MAC)
        alice.wait_for(is_arp_question(RELAY.ip, ALICE.ip), timeout=10)
    phones(seconds=1, first_port=30000, call_id="moved").assert_clean()


def test_unasked_arp_answers_move_no_media(relay, phones):
    running = phones(calls=5, seconds=3, rate=1000).until_up()
    with Wire(MALLORY) as mallory:
        for _ in range(100):
            for victim in (ALICE, BOB, ROUTER):
                mallory.send(arp_answer(victim.ip, MALLORY.mac, RELAY))
            time.sleep(0.02)
    running.assert_clean()
