# SPDX-License-Identifier: BSD-2-Clause
"""What is not there is said at the start, by either program, and not found out under load."""

import re
import subprocess

import pytest

from lab import netns
from lab.network import RELAY
from lab.relay import build_folder
from lab.sanitized import plain_only

LIMIT = 400 << 20
MISSING = 3
SESSIONS = 1000000


@plain_only("they take terabytes of address space")
@pytest.mark.parametrize("plane", ["dataplane", "controlplane"])
def test_too_little_memory_is_refused_with_what_is_needed_and_what_to_do(make_relay, plane):
    relay = make_relay(sessions=SESSIONS)
    program = build_folder() / plane / f"mediaplane-{plane}"
    done = subprocess.run(
        netns.command(RELAY.name, "prlimit", f"--as={LIMIT}", str(program), "-c", str(relay.file)),
        capture_output=True, text=True, timeout=20, check=False)
    output = done.stdout + done.stderr
    assert done.returncode == MISSING, output
    said = re.search(rf"memory: max_sessions = {SESSIONS}.* need (\d+) MB, (\d+) MB are free. Lower"
                     r".*\(exit 3\)$", output, re.MULTILINE)
    assert said, output
    assert int(said[1]) > 900 and int(said[2]) < LIMIT >> 20


def test_each_program_says_what_it_takes(relay):
    own = relay.dataplane.wait_for_line(r"memory: .* MB of its own; (\d+) bytes of it for each session")
    assert int(own[1]) <= 2048
    relay.controlplane.wait_for_line(r"memory: \d+ MB when there are 10000 sessions")
