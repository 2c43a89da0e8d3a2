# SPDX-License-Identifier: BSD-2-Clause
"""Both programs are killed at once, or a tool is: the next start finds nothing in its way."""

import os
import pathlib
import signal
import subprocess
import time

import pytest

from lab import netns
from lab.calls import sessions
from lab.network import ALICE, BOB, RELAY, Host

TAP = "mp-tap"
CALLER = Host(RELAY.name, "198.18.0.2", "", interface=TAP)
CALLEE = Host(RELAY.name, "198.18.0.3", "", interface=TAP)
DEVICES = {
    "af_packet": f"net_af_packet0,iface={RELAY.interface},framecnt=4096",
    "af_xdp": f"net_af_xdp0,iface={RELAY.interface},busy_budget=0",
    "tap": f"net_tap0,iface={TAP}",
}
PLACES = ("/run/dpdk", "/dev/shm")
START_WITHIN = 3.0


@pytest.fixture
def places(tmp_path):
    """Where programs leave files, for this test alone: other DPDK programs come and go there too."""
    for place in PLACES:
        os.makedirs(place, exist_ok=True)
        subprocess.run(["mount", "-t", "tmpfs", "none", place], check=True)
    yield (*PLACES, tmp_path)
    for place in PLACES:
        subprocess.run(["umount", "--lazy", place], check=True)


def files(places) -> set[str]:
    return {f"{folder}/{name}" for place in places for folder, _, names in os.walk(place)
            for name in names if not name.startswith("phones-")}


def interfaces() -> set[str]:
    """Of the relay's namespace, with what XDP does there."""
    shown = netns.run(RELAY.name, "ip", "-brief", "link").stdout
    return {line.split()[0] for line in shown.splitlines()}


def hosts(kind: str) -> tuple[Host, Host]:
    if kind != "tap":
        return ALICE, BOB
    for host in (CALLER, CALLEE):  # The kernel behind the TAP is theirs.
        netns.run(RELAY.name, "ip", "address", "add", f"{host.ip}/24", "dev", TAP)
    return CALLER, CALLEE


@pytest.mark.parametrize("kind", DEVICES)
def test_both_killed_at_once_start_again_at_once_and_leave_nothing(make_relay, streams, places,
                                                                  kind):
    relay = make_relay(device=DEVICES[kind])
    before = interfaces()
    left = []
    for turn in range(2):
        began = time.monotonic()
        relay.start()
        assert time.monotonic() - began < START_WITHIN
        caller, callee = hosts(kind)
        assert sessions(relay)[1] == 0
        streams(relay, caller, callee, first_port=4000 + 10 * turn)  # Both hear each other.
        assert sessions(relay)[1] == 1
        for process in (relay.dataplane, relay.controlplane):
            process.signal(signal.SIGKILL)
        relay.kill_both()
        assert interfaces() == before
        left.append(files(places))
    assert left[0] == left[1], "each run leaves something more"
    relay.start()
    hosts(kind)


def test_a_tool_that_is_killed_takes_nothing_with_it(relay, phones):
    other = phones(calls=5, seconds=2, rate=1000).until_up()
    killed = phones(calls=5, seconds=30, rate=1000, first_port=30000, call_id="killed").until_up()
    killed.process.kill()
    other.assert_clean()
    assert sessions(relay)[1] == 5, "the calls of the killed one stay until they are silent too long"
    assert pathlib.Path(relay.control.path).exists()
