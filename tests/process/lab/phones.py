# SPDX-License-Identifier: BSD-2-Clause
"""mediaplane-phones: kernel sockets that talk through the relay and check every packet."""

import json
import pathlib

from lab.control import Control
from lab.network import ALICE, BOB, Host, Network
from lab.process import Process
from lab.relay import build_folder


class Phones:
    """A run of the tool. Options are its own: `calls=50, nat=True` means `--calls 50 --nat`."""

    def __init__(self, network: Network, control: Control, folder: pathlib.Path,
                 caller: Host = ALICE, callee: Host = BOB, **options):
        self._json = folder / f"phones-{id(self)}.json"
        argv = [str(build_folder() / "tests/tools/mediaplane-phones"),
                "--control", control.path,
                "--caller-ns", network.netns(caller), "--caller", caller.ip,
                "--callee-ns", network.netns(callee), "--callee", callee.ip,
                "--json", str(self._json)]
        for name, value in options.items():
            argv.append("--" + name.replace("_", "-"))
            if value is not True:
                argv.append(str(value))
        self.process = Process(argv)
        self._wait = float(options.get("seconds", 5)) + 20

    def until_up(self) -> "Phones":
        self.process.wait_for_line(r"calls are up$")
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
