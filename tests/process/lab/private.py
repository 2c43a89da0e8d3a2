# SPDX-License-Identifier: BSD-2-Clause
"""Network and mount namespaces of our own, which vanish with the last process in them.

Whatever a run makes (interfaces, named namespaces, rules) is invisible to the machine and to other
runs, and is gone when the run ends, however it ends.
"""

import os
import subprocess

MARK = "MEDIAPLANE_LAB_IS_PRIVATE"


def is_private() -> bool:
    return MARK in os.environ


def enter(argv: list[str]) -> None:
    """Starts the program `argv` in place of this one, in new namespaces."""
    os.environ[MARK] = "1"
    os.execvp("unshare", ["unshare", "--net", "--mount", *argv])


def prepare() -> None:
    """The first thing to do in there: room for named namespaces, and a loopback."""
    os.makedirs("/run/netns", exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "netns", "/run/netns"], check=True)
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
