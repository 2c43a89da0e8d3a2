# SPDX-License-Identifier: BSD-2-Clause
"""To do something in another network namespace: a program, or a few lines of Python."""

import contextlib
import ctypes
import os
import subprocess

CLONE_NEWNET = 0x40000000
_libc = ctypes.CDLL(None, use_errno=True)


def path_of(netns: str) -> str:
    return f"/run/netns/{netns}"


def command(netns: str, *argv: str) -> list[str]:
    """The command line that runs `argv` in the namespace, in the same process."""
    return ["nsenter", f"--net={path_of(netns)}", *argv]


def run(netns: str, *argv: str, **options) -> subprocess.CompletedProcess:
    options.setdefault("check", True)
    return subprocess.run(command(netns, *argv), text=True, capture_output=True, **options)


def _set(fd: int) -> None:
    if _libc.setns(fd, CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "setns")


@contextlib.contextmanager
def inside(netns: str):
    """Sockets that are opened in here belong to the namespace for good."""
    home = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
    there = os.open(path_of(netns), os.O_RDONLY)
    try:
        _set(there)
        yield
    finally:
        _set(home)
        os.close(there)
        os.close(home)
