# SPDX-License-Identifier: BSD-2-Clause
"""Many frames for the housekeeper beside media."""

import re
import time

import pytest

from lab.control import Endpoint
from lab.flood import KINDS, Flood
from lab.frames import arp_question, is_arp_answer_from, rtp
from lab.network import ALICE, BOB, IP6, RELAY
from lab.wire import Wire

DEVICE = f"net_af_packet0,iface={RELAY.interface},framecnt=65536"
DUAL_STACK = f'"{RELAY.ip}/24", "{IP6[RELAY]}/64"'
PINGS_A_SECOND, PING_BURST = 1000, 50
FLOOD_SECONDS = 1.5


@pytest.fixture
def flood(lab):
    made = []

    def begin(kind: str, seconds: float) -> Flood:
        made.append(Flood(kind, seconds))
        return made[-1]
    yield begin
    for each in made:
        each.kill()


def housekeeper_seconds(relay) -> float:
    pid = relay.dataplane.popen.pid
    with open(f"/proc/{pid}/task/{pid}/stat", encoding="ascii") as stat:
        fields = stat.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / 100


def generated(relay) -> int:
    """From the exit report: packets that the housekeeper made."""
    return int(re.findall(r"housekeeper +generated: (\d+)", relay.dataplane.output)[-1])


def missed(relay) -> int:
    """From the exit report: packets that the kernel could not hand over in time."""
    return sum(map(int, re.findall(r"RX-missed: (\d+)", relay.dataplane.output)))


@pytest.mark.parametrize("kind", KINDS)
def test_a_flood_for_the_housekeeper_costs_no_media_and_delays_no_command(make_relay, streams,
                                                                          phones_of, flood, kind):
    """Of neighbours that are known; answers of others may be lost in the flood, and come late."""
    relay = make_relay(device=DEVICE, addresses=DUAL_STACK).start()
    streams(relay, ALICE, BOB)  # Now both are known.
    calls = phones_of(relay, calls=10, seconds=3, rate=100).until_up()
    began, busy = time.monotonic(), housekeeper_seconds(relay)
    running = flood(kind, FLOOD_SECONDS)
    slowest = 0.0
    while time.monotonic() < began + FLOOD_SECONDS:
        asked = time.monotonic()
        assert relay.control("Q nobody f t") == "E50"
        relay.control.endpoint(f"U call{asked} {ALICE.ip} 4000 f")
        slowest = max(slowest, time.monotonic() - asked)
        time.sleep(0.02)
    sent = running.sent()
    took = time.monotonic() - began
    share = (housekeeper_seconds(relay) - busy) / took
    print(f"{kind}: {sent / FLOOD_SECONDS:.0f} frames a second, housekeeper {share:.0%}, slowest command "
          f"{1000 * slowest:.0f} ms")
    calls.assert_clean()
    assert slowest < 0.5
    lines = relay.dataplane.output.count("\n")
    assert lines < 40, relay.dataplane.output
    relay.stop()
    full = relay.drops("slow_path_full")
    print(f"slow_path_full {full}, answered {generated(relay)}, missed by the kernel {missed(relay)}")
    if kind.startswith("echo"):  # Whatever else was asked or announced besides.
        most = PINGS_A_SECOND * took + PING_BURST + 200
        assert generated(relay) < most
        assert sent - missed(relay) - relay.drops("rate_limited") - full < most
    elif kind == "answers":  # Nobody had asked.
        assert generated(relay) < 100


def test_arp_is_answered_within_a_second_of_a_flood(make_relay, flood, alice):
    make_relay(device=DEVICE, addresses=DUAL_STACK).start()
    flood("echo", 1).sent()
    alice.send(arp_question(ALICE, RELAY.ip))
    alice.wait_for(is_arp_answer_from(RELAY.ip), timeout=1)


@pytest.mark.relay(device=DEVICE, sessions="10000\nmbufs = 1024")
def test_few_buffers_are_found_again_when_the_flood_is_over(relay, streams, flood):
    """The fewest that there can be. As many packets as may wait for mute neighbours, and a flood."""
    stream = streams(relay, ALICE, BOB)
    mute = [relay.control.set_up(f"mute{n}", Endpoint(f"198.18.0.{100 + n}", 6000),
                                 Endpoint(BOB.ip, 6000)) for n in range(140)]
    stream.begin()
    began = time.monotonic()
    running = flood("arp", 1)
    for _ in range(8):
        for call in mute:
            stream.hearer.send(rtp(1), call.for_callee)
    running.sent()
    ended = time.monotonic()
    with Wire(ALICE) as alice:
        alice.send(arp_question(ALICE, RELAY.ip))
        alice.wait_for(lambda frame: is_arp_answer_from(RELAY.ip)(frame) and frame.dst == ALICE.mac,
                       timeout=1)
    time.sleep(0.3)
    stream.end().assert_lost_only([(began, ended)])
    relay.stop()
    assert relay.drops("unresolved") + relay.drops("slow_path_full") > 0
    print(f"{len(stream.lost_at())} of {len(stream.sent_at)} lost, rx_nombuf: "
          + "".join(re.findall(r"RX-nombuf: \d+", relay.dataplane.output)))
