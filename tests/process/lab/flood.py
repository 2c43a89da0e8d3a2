# SPDX-License-Identifier: BSD-2-Clause
"""Mallory sends very many frames to the relay, from a process of its own (lab/send_flood.py)."""

import pathlib
import sys

from lab import netns
from lab.network import IP6, MALLORY, RELAY
from lab.process import Process
from lab.sanitized import sized
from lab.send_flood import KINDS

__all__ = ["KINDS", "Flood"]
PROGRAM = pathlib.Path(__file__).with_name("send_flood.py")
RATE = sized(40000)  # A second.


class Flood:
    """It runs when this has been made."""

    def __init__(self, kind: str, seconds: float):
        self._process = Process(netns.command(
            MALLORY.name, sys.executable, str(PROGRAM), MALLORY.interface, kind, str(seconds),
            str(RATE), MALLORY.mac, MALLORY.ip, RELAY.mac, RELAY.ip, IP6[RELAY]))
        self._wait = seconds + 20
        self._process.wait_for_line("begins", 20)

    def sent(self) -> int:
        """When it has ended: how many frames."""
        assert self._process.wait(self._wait) == 0, self._process.output
        return int(self._process.output.rsplit("sent ", 1)[1])

    def kill(self) -> None:
        self._process.kill()
