# SPDX-License-Identifier: BSD-2-Clause
"""Thousands of sessions at once, set up and down through a control socket by mediaplane-bench."""

import json
import pathlib
import re
import subprocess
import tempfile
import time

from lab.relay import Relay, build_folder
from lab.sanitized import sized

SESSIONS = sized(10000)
FIRST = 1000000  # Number of the first of them.

# Two sockets, and UDP ports for all of them on one address.
SETTINGS = {"sessions": SESSIONS + 2000, "first_udp_port": 1024, "last_udp_port": 65535}


def setup(control: str, **options) -> dict:
    """The result of `mediaplane-bench setup`; every answer was right."""
    with tempfile.NamedTemporaryFile(suffix=".json") as file:
        arguments = [f"--{key.replace('_', '-')}={value}" for key, value in options.items()]
        done = subprocess.run(
            [build_folder() / "tests/perf/mediaplane-bench", "setup", f"--control={control}",
             f"--json={file.name}", *arguments], capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{done.args}\n{done.stdout}{done.stderr}"
        return json.loads(pathlib.Path(file.name).read_text())


class Crowd:
    """Sessions without media beside the calls of a test."""

    def __init__(self, relay: Relay, sessions: int = SESSIONS):
        self.relay = relay
        self.sessions = sessions

    def _setup(self, **options) -> dict:
        return setup(f"cunix:{self.relay.folder}/lines.sock", **options)

    def come(self) -> dict:
        return self._setup(steps="UL", first=FIRST, sessions=self.sessions)

    def leave_at_once(self) -> dict:
        """As many deletions in flight as the socket takes."""
        return self._setup(steps="D", first=FIRST, sessions=self.sessions, in_flight=4000)

    def others_come_and_go(self, rate: int, seconds: int) -> dict:
        """Commands of sessions that are set up and down, by a connection for each."""
        return setup(f"unix:{self.relay.control.path}", rate=rate, sessions=rate * seconds // 3)

    def wait_until_gone(self, calls: int, within: float) -> None:
        """Until so many sessions are left."""
        deadline = time.monotonic() + within
        while self.active() > calls:
            assert time.monotonic() < deadline, f"{self.active()} sessions are still there"
            time.sleep(0.05)

    def active(self) -> int:
        with self.relay.control.connect() as connection:
            connection.sendall(b"I\n")
            return int(re.search(r"active sessions: (\d+)", connection.recv(4096).decode())[1])


def relay_settings(folder: pathlib.Path, **more) -> dict:
    return {**SETTINGS, "more_sockets": f', "cunix:{folder}/lines.sock"', **more}
