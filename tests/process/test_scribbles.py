# SPDX-License-Identifier: BSD-2-Clause
"""A control plane gone mad writes anything over what it shares with the data plane."""

import os
import random
import re
import signal
import struct
import time

from lab.process import Process

WRITES = 300_000
HEADS_AND_TAILS = 512  # Bytes at the begin of a ring; the slots follow.


def writable_shared_memory(process: Process) -> list[tuple[int, int]]:
    """Begin and length of each mapping of a memfd that the process may write."""
    with open(f"/proc/{process.popen.pid}/maps", encoding="utf-8") as maps:
        found = re.findall(r"^(\w+)-(\w+) rw-s .*/memfd:", maps.read(), re.MULTILINE)
    return [(int(begin, 16), int(end, 16) - int(begin, 16)) for begin, end in found]


def scribble(process: Process, chance: random.Random) -> None:
    """Half of it over heads and tails, where it hurts most."""
    places = writable_shared_memory(process)
    assert places, "the control plane shares no memory"
    memory = os.open(f"/proc/{process.popen.pid}/mem", os.O_RDWR)
    for _ in range(WRITES):
        begin, length = chance.choice(places)
        reach = HEADS_AND_TAILS if chance.random() < 0.5 else length
        value = chance.choice((chance.getrandbits(32), chance.getrandbits(12), 0, 0xFFFFFFFF))
        os.pwrite(memory, struct.pack("I", value), begin + 4 * chance.randrange(reach // 4))
    os.close(memory)


def test_calls_go_on_when_the_scribbler_lives(relay, phones):
    """It is let go, attaches again, and both agree about the calls."""
    running = phones(calls=5, seconds=8, rate=1000, hold_open=True).until_up()
    answer = relay.control("U before 198.18.0.10 4000 f")
    relay.controlplane.signal(signal.SIGSTOP)
    scribble(relay.controlplane, random.Random(20260606))
    relay.controlplane.signal(signal.SIGCONT)
    deadline = time.monotonic() + 5
    while relay.control("U before 198.18.0.10 4000 f") != answer:
        assert time.monotonic() < deadline, relay.controlplane.output
        time.sleep(0.05)
    running.assert_clean()
    phones(calls=5, seconds=1, first_port=30000, call_id="after", check_hangup=True).assert_clean()


def test_scribbles_over_the_rings_cost_no_packet(relay, phones):
    running = phones(calls=5, seconds=8, rate=1000, hold_open=True).until_up()
    relay.controlplane.signal(signal.SIGSTOP)
    scribble(relay.controlplane, random.Random(19990606))
    relay.controlplane.kill()
    running.assert_clean()
    relay.start_controlplane()
    phones(calls=5, seconds=1, first_port=30000, call_id="after", check_hangup=True).assert_clean()
