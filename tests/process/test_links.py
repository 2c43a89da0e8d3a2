# SPDX-License-Identifier: BSD-2-Clause
"""Links that go down and come up, and devices that vanish: calls stay, the other port lives on."""

import re
import statistics
import time

import pytest
from scapy.layers.inet6 import ICMPv6ND_NA

from lab import netns
from lab.calls import sessions
from lab.frames import is_arp_question
from lab.network import ALICE, BOB, CAROL, INSIDE_RELAY, IP6, RELAY, SWITCH, Host
from lab.relay import end
from lab.wire import Wire

TAP = "mp-tap"
INSIDE_PORT = f"""
[[port]]
name = "lan"
device = "net_af_packet1,iface={INSIDE_RELAY.interface},framecnt=4096"
addresses = ["{INSIDE_RELAY.ip}/24"]
"""
BRIDGE = f'addresses = ["{INSIDE_RELAY.ip}", "{RELAY.ip}"]\nbridge = true'
DUAL_STACK = f'"{RELAY.ip}/24", "{IP6[RELAY]}/64"'
BETWEEN_FLAPS = 0.25


def set_link(where: str, interface: str, state: str) -> None:
    netns.run(where, "ip", "link", "set", interface, state)


def says(relay, pattern: str) -> int:
    return len(re.findall(pattern, relay.dataplane.output))


def until(condition, timeout: float = 5) -> None:
    deadline = time.monotonic() + timeout
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.005)


class Flaps:
    """Takes a link down and up; when it was down, and what was announced each time."""

    def __init__(self, relay, where: str, interface: str):
        self._relay, self._where, self._interface = relay, where, interface
        self.outages: list[tuple[float, float]] = []  # Until the relay says that it is back.
        self.announced_after: list[float] = []

    def flap(self, down_for: float, wire: Wire) -> None:
        downs, ups = says(self._relay, "link down"), says(self._relay, "link up")
        down_at = time.monotonic()
        set_link(self._where, self._interface, "down")
        until(lambda: says(self._relay, "link down") > downs)
        wire.collect(lambda frame: False, 0.01)  # What was announced until now.
        time.sleep(down_for)
        set_link(self._where, self._interface, "up")
        up_at = time.monotonic()
        wire.wait_for(is_arp_question(RELAY.ip, RELAY.ip))
        wire.wait_for(lambda frame: ICMPv6ND_NA in frame and frame[ICMPv6ND_NA].tgt == IP6[RELAY])
        announced_at = time.monotonic()
        self.announced_after.append(announced_at - up_at)
        self.outages.append((down_at, announced_at))
        until(lambda: says(self._relay, "link up") > ups)


# The relay's own interface, and the far end of its cable.
@pytest.mark.parametrize("where, interface, flaps", [
    (RELAY.name, RELAY.interface, 10), (SWITCH, "to-relay", 3)], ids=["interface", "cable"])
def test_a_flapping_link_loses_no_call_and_no_media_but_its_own(make_relay, streams, alice, where,
                                                                interface, flaps):
    relay = make_relay(more_ports=INSIDE_PORT, more_media=BRIDGE, addresses=DUAL_STACK).start()
    on_it = streams(relay, ALICE, BOB, "EE").begin()
    across = streams(relay, CAROL, BOB, "IE", first_port=4100).begin()
    beside = streams(relay, CAROL, CAROL, "II", first_port=4200).begin()
    flapping = Flaps(relay, where, interface)
    for _ in range(flaps):
        flapping.flap(0.1, alice)
        time.sleep(BETWEEN_FLAPS)
    for stream in (on_it, across):
        stream.end().assert_lost_only(flapping.outages)
        assert len(stream.lost_at()) >= flaps, "the link was not down"
    beside.end().assert_lost_only()
    assert sessions(relay) == (3, 3)
    # A busy machine may be late now and then.
    assert statistics.median(flapping.announced_after) < 0.1, flapping.announced_after
    relay.stop()
    assert relay.drops("link_down") > 0
    assert says(relay, "port 'lan': link down") == 0


def test_a_link_that_is_down_at_the_start_is_said_and_serves_when_it_comes_up(make_relay, streams):
    set_link(SWITCH, "to-relay", "down")
    relay = make_relay().start()
    relay.dataplane.wait_for_line("port 'wan': link down")
    set_link(SWITCH, "to-relay", "up")
    relay.dataplane.wait_for_line("port 'wan': link up")
    stream = streams(relay, ALICE, BOB).begin()
    time.sleep(0.3)
    stream.end().assert_lost_only()


VANISHING = {
    "veth": (RELAY.interface, f"net_af_packet0,iface={RELAY.interface},framecnt=256", BOB),
    "tap": (TAP, f"net_tap0,iface={TAP}", Host(RELAY.name, "198.18.0.2", "", interface=TAP)),
}


@pytest.mark.parametrize("kind", ["veth", "tap"])
def test_a_device_that_vanishes_takes_nothing_with_it(make_relay, streams, kind):
    interface, device, there = VANISHING[kind]
    relay = make_relay(device=device, more_ports=INSIDE_PORT, more_media=BRIDGE).start()
    if kind == "tap":  # The kernel behind it is Bob's.
        netns.run(RELAY.name, "ip", "address", "add", f"{there.ip}/24", "dev", TAP)
    across = streams(relay, CAROL, there, "IE", first_port=4100).begin()
    beside = streams(relay, CAROL, CAROL, "II", first_port=4200).begin()
    time.sleep(0.2)
    netns.run(RELAY.name, "ip", "link", "delete", interface)
    relay.dataplane.wait_for_line(r"error.*port 'wan'.*has vanished")
    gone_at = time.monotonic()
    busy = cpu_seconds(relay)
    # More packets than the device's ring holds frames, so that one which waits for room is seen.
    for _ in range(1000):
        across.sender.send(b"\x80" + bytes(171), across.to)
        time.sleep(0.001)
    assert cpu_seconds(relay) - busy < 1.2 * (time.monotonic() - gone_at)
    assert sessions(relay) == (2, 2)
    assert relay.control(f"Q {across.call_id} f t")[0] != "E"
    assert relay.control.endpoint(f"UIE another {CAROL.ip} 5000 f").ip == RELAY.ip
    beside.end().assert_lost_only()
    assert not [number for number in across.end().heard if across.sent_at[number - 1] > gone_at]
    lines = relay.dataplane.output.count("\n")
    time.sleep(1.2)
    assert relay.dataplane.output.count("\n") == lines, relay.dataplane.output
    assert says(relay, "has vanished") == 1
    end(relay.controlplane)
    relay.stop()
    assert relay.drops("link_down") >= 1000


def cpu_seconds(relay) -> float:
    with open(f"/proc/{relay.dataplane.popen.pid}/stat", encoding="ascii") as stat:
        fields = stat.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / 100
