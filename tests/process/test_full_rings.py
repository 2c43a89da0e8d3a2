# SPDX-License-Identifier: BSD-2-Clause
"""Rings between the processes whose reader stands still: no worker waits, and all goes on behind."""

import re
import signal
import time

from lab.calls import sessions
from lab.frames import rtp
from lab.network import ALICE
from lab.parties import (ad_hoc_records, has_ended, hear, recording_relay, set_up, talk, wait_for)

REFUSED = "E98"
AT_ONCE = 40
LARGE = 1300


def say_much(parties, call, count: int) -> list[bytes]:
    """Large packets of Alice's, all of them heard by Bob."""
    said = [rtp(number, ssrc=0xA, size=LARGE) for number in range(count)]
    for first in range(0, count, AT_ONCE):
        for packet in said[first:first + AT_ONCE]:
            parties.alice.send(packet, call.for_caller)
        assert hear(parties.bob, AT_ONCE) == said[first:first + AT_ONCE]
    return said


def copies(relay) -> tuple[int, int]:
    """Handed over, and lost for want of room."""
    workers = relay.telemetry("/mediaplane/workers").values()
    return (sum(worker["copied"] for worker in workers),
            sum(worker["copies_lost"] for worker in workers))


def test_a_recorder_that_stands_still_costs_copies_and_no_media(make_relay, parties, tmp_path):
    relay = recording_relay(make_relay, tmp_path, "rtcp = false")
    call = set_up(relay)
    assert relay.control("R media f t") == "0"
    before, _, _ = talk(parties, call, 20)
    relay.controlplane.signal(signal.SIGSTOP)
    try:
        during = say_much(parties, call, 6000)
        handed_over, lost = copies(relay)
        assert lost > 0 and handed_over + lost == 20 + 6000
        told = relay.dataplane.wait_for_line(r"(\d+) packets more are missing in recordings")
        assert int(told[1]) <= lost
    finally:
        relay.controlplane.signal(signal.SIGCONT)
    relay.controlplane.wait_for_line(rf"the recorder is too slow: {lost} packets were not recorded")
    after = say_much(parties, call, 400)
    relay.control.hang_up(call)
    wait_for(has_ended(relay, 1))
    recorded = [body for _, _, body in ad_hoc_records(tmp_path / "rec" / "media=f.o.rtp")]
    kept = handed_over - len(before)
    assert recorded == before + during[:kept] + after
    relay.stop()
    assert len(re.findall("are missing in recordings", relay.dataplane.output)) <= 3


def test_a_data_plane_that_stands_still_under_commands_recovers(relay, phones):
    """More commands than the ring to it holds, each of them answered in time."""
    phones(seconds=1, hold_open=True).assert_clean()
    there = sessions(relay)[1]
    relay.dataplane.signal(signal.SIGSTOP)
    try:
        began = time.monotonic()
        waiting = [relay.control.connect(timeout=5) for _ in range(800)]
        for number, connection in enumerate(waiting):
            call_id = f"{number:04}".ljust(4000, "x")
            connection.sendall(f"U {call_id} {ALICE.ip} 4000 f\n".encode())
        answers = [connection.recv(8192).decode().strip() for connection in waiting]
        took = time.monotonic() - began
        for connection in waiting:
            connection.close()
        assert set(answers) == {REFUSED}
        assert took < 3, took
        assert relay.control("V") == "20040107"
    finally:
        relay.dataplane.signal(signal.SIGCONT)
    deadline = time.monotonic() + 5
    while relay.control(f"U after {ALICE.ip} 4000 f") == REFUSED:
        assert time.monotonic() < deadline
        time.sleep(0.01)  # Between two questions; the deadline decides.
    assert relay.control("D after f") == "0"
    phones(seconds=1, first_port=30000, call_id="again").assert_clean()
    # Nothing that was refused has stayed, on either side.
    assert sessions(relay)[1] == there
    wait_for(lambda: relay.telemetry("/mediaplane/sessions")["active"] == there)
