# SPDX-License-Identifier: BSD-2-Clause
"""scripts/demo does what it says, and leaves nothing behind, however it ends."""

import os
import pathlib
import re
import signal
import subprocess

import pytest

from lab.process import Process
from lab.relay import ROOT, build_folder

DEMO = str(ROOT / "scripts/demo")


def processes_about(text: str) -> list[str]:
    found = []
    for folder in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        except (OSError, UnicodeDecodeError):
            continue  # It has just ended.
        if text in command and folder.name != str(os.getpid()):
            found.append(command)
    return found


def traces(folder: pathlib.Path) -> dict:
    links = subprocess.run(["ip", "-o", "link"], capture_output=True, text=True, check=True).stdout
    return {"namespaces": sorted(os.listdir("/run/netns")),
            "interfaces": sorted(re.findall(r"^\d+: ([^:]+):", links, re.MULTILINE)),
            "files": sorted(os.listdir(folder)),
            "processes": processes_about(str(folder))}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """The demo's files, and its processes' command lines, lie in and name this folder."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setenv("MEDIAPLANE_DEMO", str(tmp_path / "kept"))
    monkeypatch.setenv("MEDIAPLANE_BUILD", str(build_folder()))
    before = traces(tmp_path)
    yield tmp_path
    assert traces(tmp_path) == before


def test_demo_shows_a_clean_call(folder):
    demo = subprocess.run([DEMO], capture_output=True, text=True, timeout=120, check=False)
    output = demo.stdout + demo.stderr
    assert demo.returncode == 0, output
    assert re.search(r"sent \d+ received \d+ lost 0 wrong 0 \| latency p99 \d+ us", output), output
    assert "the session is gone" in output
    assert "\x1b" not in output


def test_demo_that_is_interrupted_leaves_nothing(folder):
    demo = Process([DEMO])
    demo.wait_for_line("^calls up: ", timeout=60)
    demo.signal(signal.SIGTERM)
    assert demo.wait(10) == 128 + signal.SIGTERM


def test_kept_demo_can_be_used_and_removed(folder):
    with open(folder / "output", "w+", encoding="utf-8") as output:
        subprocess.run([DEMO, "--keep"], stdout=output, stderr=output, timeout=120, check=True)
        output.seek(0)
        commands = output.read()
    os.unlink(folder / "output")
    ping = re.search(r"ping the relay +(.*)", commands)[1]
    subprocess.run(ping.split() + ["-c", "1"], check=True, capture_output=True, timeout=10)
    ask = re.search(r"the control socket +(.*)", commands)[1]
    assert subprocess.run(ask.split(), check=True, capture_output=True).stdout == b"20040107\n"
    subprocess.run([DEMO, "--down"], check=True, capture_output=True, timeout=20)
