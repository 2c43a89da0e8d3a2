# SPDX-License-Identifier: BSD-2-Clause
"""Neighbours that lie, that are mute, that move, that are too many, or that have our address."""

import re
import time

from scapy.layers.l2 import Ether
from scapy.packet import Raw

from lab import netns
from lab.calls import sessions
from lab.control import Endpoint
from lab.frames import (arp_announcement, arp_answer, is_arp_question, rtp)
from lab.frames6 import advertisement, is_advertisement_of
from lab.network import ALICE, BOB, FAR, FAR_GATEWAY, IP6, MALLORY, RELAY, ROUTER, SWITCH
from lab.wire import Wire

MOVED_MAC = "02:00:00:00:00:ee"
FRESH = 5  # So many seconds after its last answer a neighbour is not asked again.
NEIGHBOURS_OF_A_PORT = 1024
SILENT_FOR = 0.2  # At most, until the relay says something unasked.


def conflicts(relay) -> list[str]:
    return re.findall(r"address (\S+) is used by (\S+) as well", relay.dataplane.output)


def test_announcements_of_strangers_move_no_media(make_relay, streams):
    """They make the relay ask, and only an answer to its own question counts."""
    relay = make_relay().start()
    near = streams(relay, ALICE, BOB).begin()
    far = streams(relay, ALICE, FAR, first_port=4100).begin()
    with Wire(MALLORY) as mallory:
        for _ in range(150):
            for victim in (ALICE, BOB, ROUTER):
                mallory.send(arp_announcement(victim.ip, MALLORY.mac))
                mallory.send(arp_answer(victim.ip, MALLORY.mac, RELAY))
            time.sleep(0.01)
    near.end().assert_lost_only()
    far.end().assert_lost_only()


def test_a_gateway_with_a_new_mac_is_followed(relay, streams):
    """It says so, as routers do that take over; the relay asks when the last answer is not fresh."""
    far = streams(relay, ALICE, FAR).begin()
    near = streams(relay, ALICE, BOB, first_port=4100).begin()
    announcement = bytes(arp_announcement(ROUTER.ip, MOVED_MAC))
    with Wire(ROUTER) as router:
        moved_at = time.monotonic()
        netns.run(ROUTER.name, "ip", "link", "set", ROUTER.interface, "address", MOVED_MAC)
        router.send(announcement)
        said_at = time.monotonic()
        router.wait_for(is_arp_question(RELAY.ip, ROUTER.ip), timeout=FRESH + 2)
    asked_at = time.monotonic()
    assert asked_at - said_at < FRESH + 1
    time.sleep(0.5)
    far.end().assert_lost_only([(moved_at, asked_at)])
    assert far.lost_at()
    near.end().assert_lost_only()


def test_whoever_sends_with_our_mac_takes_our_media_for_a_moment(relay, streams):
    """The switch believes him as long as we are silent, and silent we are as long as it does."""
    stream = streams(relay, ALICE, BOB).begin()
    forged = bytes(Ether(src=RELAY.mac, dst=ROUTER.mac) / Raw(bytes(46)))
    outages = []
    with Wire(MALLORY) as mallory:
        for _ in range(3):
            stream.until_heard()
            forged_at = time.monotonic()
            mallory.send(forged)
            stream.until_heard()
            outages.append((forged_at, forged_at + SILENT_FOR))
    stream.end().assert_lost_only(outages)
    assert stream.lost_at()


def test_a_mute_gateway_holds_few_packets_and_nobody_else(make_relay, streams, callee):
    netns.run(SWITCH, "ip", "link", "set", "to-router", "down")
    relay = make_relay().start()
    near = streams(relay, ALICE, BOB, first_port=4100).begin()
    call = relay.control.set_up("far", Endpoint(FAR.ip, 7000), callee.endpoint)
    sent = 0
    until = time.monotonic() + 2
    while time.monotonic() < until:
        callee.send(rtp(sent), call.for_callee)
        sent += 1
        time.sleep(0.005)
    until_dropped(relay, "unresolved", sent - 4)
    netns.run(SWITCH, "ip", "link", "set", "to-router", "up")
    with Wire(FAR) as far:
        deadline = time.monotonic() + 3  # Asked again after a second at the latest.
        while not (heard := far.collect(lambda frame: frame.haslayer("UDP"), 0.1)):
            assert time.monotonic() < deadline
            callee.send(rtp(sent), call.for_callee)
            sent += 1
    assert heard
    near.end().assert_lost_only()
    relay.stop()
    assert relay.drops("link_down") == relay.drops("slow_path_full") == 0


def until_dropped(relay, reason: str, packets: int) -> None:
    deadline = time.monotonic() + 2
    while relay.telemetry("/mediaplane/drops")[reason] < packets:
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_more_neighbours_than_the_table_holds_harm_nobody_who_is_in_it(make_relay, streams):
    relay = make_relay(addresses=f'"{RELAY.ip}/16"').start()
    stream = streams(relay, ALICE, BOB).begin()
    many = []
    for number in range(0, NEIGHBOURS_OF_A_PORT + 100, 2):  # Two that are not there in each call.
        nobody, no_one = (Endpoint(f"198.18.{1 + n // 200}.{n % 200}", 4000)
                          for n in (number, number + 1))
        many.append(relay.control.set_up(f"many{number}", nobody, no_one))
    # Carried by nobody, and no harm: there is no room for Mallory.
    late = relay.control.set_up("late", Endpoint(MALLORY.ip, 4000), Endpoint(BOB.ip, 5000))
    assert sessions(relay)[1] == len(many) + 2
    with Wire(MALLORY) as mallory:
        stream.hearer.send(rtp(1), late.for_callee)
        assert mallory.collect(lambda frame: frame.haslayer("UDP"), 0.3) == []
    stream.end().assert_lost_only()
    for call in [*many, late]:
        relay.control.hang_up(call)
    again = streams(relay, MALLORY, BOB, first_port=4300).begin()
    time.sleep(0.2)
    again.end().assert_lost_only()


def test_an_address_that_somebody_has_already_is_said_at_the_start(make_relay):
    netns.run(MALLORY.name, "ip", "address", "add", f"{RELAY.ip}/24", "dev", MALLORY.interface)
    relay = make_relay().start()
    relay.dataplane.wait_for_line(rf"error.*address {RELAY.ip} is used by {MALLORY.mac} as well")
    # Three probes, one a second, and no more lines than these.
    time.sleep(2.5)
    assert 1 <= len(conflicts(relay)) <= 3


def test_a_claim_to_our_address_is_said_and_contested(make_relay, streams, alice):
    relay = make_relay(addresses=f'"{RELAY.ip}/24", "{IP6[RELAY]}/64"').start()
    alice.wait_for(is_arp_question(RELAY.ip, RELAY.ip))
    alice.collect(lambda frame: False, 2.5)  # What is announced at the start.
    stream = streams(relay, ALICE, BOB).begin()
    claims = (bytes(arp_announcement(RELAY.ip, MALLORY.mac)),
              bytes(advertisement(IP6[RELAY], MALLORY.mac)))
    with Wire(MALLORY) as mallory:
        claimed_at = time.monotonic()
        for claim in 20 * claims:
            mallory.send(claim)
        ended_at = time.monotonic()
    defences = alice.collect(lambda frame: frame.src == RELAY.mac and (
        is_arp_question(RELAY.ip, RELAY.ip)(frame) or is_advertisement_of(IP6[RELAY])(frame)), 2.6)
    assert len(defences) == 6, defences  # Three of each, a second apart.
    relay.dataplane.wait_for_line(rf"error.*{RELAY.ip} is used by {MALLORY.mac} as well")
    relay.dataplane.wait_for_line(rf"error.*{IP6[RELAY]} is used by {MALLORY.mac} as well")
    time.sleep(0.5)
    # The first defence may stand between two claims; the others have the last word.
    stream.end().assert_lost_only([(claimed_at, ended_at + 2)], margin=0.3)
    assert len(conflicts(relay)) <= 4
    relay.stop()
    assert relay.drops("address_conflict") == 40
