# SPDX-License-Identifier: BSD-2-Clause
"""mediaplane-phones: kernel sockets that talk through the relay and check every packet."""

import json
import pathlib

from lab.control import Control
from lab.network import ALICE, BOB, Host
from lab.process import Process
from lab.relay import build_folder


def command(control_path: str, caller: Host = ALICE, callee: Host = BOB,
            netns_folder: str = "/run/netns", **options) -> list[str]:
    """The command line. Options are the tool's: `calls=50, nat=True` means `--calls 50 --nat`."""
    argv = [str(build_folder() / "tests/tools/mediaplane-phones"), "--control", control_path,
            "--caller-ns", f"{netns_folder}/{caller.name}", "--caller", caller.ip,
            "--callee-ns", f"{netns_folder}/{callee.name}", "--callee", callee.ip]
    for name, value in options.items():
        argv.append("--" + name.replace("_", "-"))
        if value is not True:
            argv.append(str(value))
    return argv


class Phones:
    """A run of the tool beside the test."""

    def __init__(self, control: Control, folder: pathlib.Path, **options):
        self._json = folder / f"phones-{id(self)}.json"
        self.process = Process(command(control.path, json=self._json, **options))
        self._wait = float(options.get("seconds", 5)) + 20

    def until_up(self) -> "Phones":
        self.process.wait_for_line(r"^calls up: ")
        return self

    def result(self) -> dict:
        self.process.wait(self._wait)
        assert self._json.exists(), self.process.output
        return json.loads(self._json.read_text())

    def assert_clean(self) -> dict:
        """Nothing lost, wrong, doubled or out of order, and every command succeeded."""
        result = self.result()
        assert self.process.popen.returncode == 0 and result["clean"], self.process.output
        return result
