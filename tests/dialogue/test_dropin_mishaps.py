# SPDX-License-Identifier: BSD-2-Clause
"""scripts/rtpproxy when things go wrong around it."""

import os
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

import pytest
from processes import ROOT
from test_dropin import PATIENCE, ask, children_of, is_alive, run, wait_until

COMMAND = [str(ROOT / "scripts" / "rtpproxy"), "--device", "net_null0", "-l", "127.0.0.1"]


@pytest.fixture
def place():
    """A folder that others may enter; pytest's own are closed to them."""
    place = Path(tempfile.mkdtemp(prefix="mediaplane-"))
    place.chmod(0o755)
    yield place
    shutil.rmtree(place)


@pytest.fixture
def start(place):
    """Starts it in the foreground; whatever becomes of the test, it is not left running."""
    started = []

    def start(*arguments: str, **popen) -> subprocess.Popen:
        files = ["-s", f"unix:{place}/control.sock", "-p", f"{place}/pid"]
        environment = os.environ | {"RUNTIME_DIRECTORY": str(place)}
        command = [*COMMAND, "-f", *files, *arguments]
        started.append(subprocess.Popen(command, env=environment, **popen))
        return started[-1]

    yield start
    for service in started:
        if service.poll() is None:
            service.kill()
            service.wait()


def test_it_ends_when_nobody_reads_its_lines_any_more(start, place):
    service = start(stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    wait_until((place / "pid").exists)
    service.stderr.close()
    service.terminate()
    assert service.wait(PATIENCE) == 0


def test_killed_under_another_user_it_takes_both_programs_with_it(start, place):
    shutil.chown(place, "nobody")
    service = start("-u", "nobody", stderr=subprocess.DEVNULL, umask=0o077)
    wait_until((place / "pid").exists)
    programs = children_of(service.pid)
    assert len(programs) == 2
    service.kill()
    service.wait()
    wait_until(lambda: not any(map(is_alive, programs.values())))


def test_an_unknown_user_is_refused():
    refused = run("--device", "net_null0", "-l", "127.0.0.1", "-u", "nobody:nosuchgroup")
    assert refused.returncode == 1
    assert "-u nobody:nosuchgroup: no such user or group" in refused.stderr


def test_files_are_taken_from_where_it_is_started(place):
    build = str(Path(os.environ.get("MEDIAPLANE_BUILD", "build")).resolve())
    environment = os.environ | {"RUNTIME_DIRECTORY": str(place), "MEDIAPLANE_BUILD": build}
    command = [*COMMAND, "-s", "./control:1", "-p", "pid"]
    subprocess.run(command, cwd=place, env=environment, check=True, timeout=PATIENCE)
    pid = int((place / "pid").read_text())
    assert ask(place / "control:1", "V") == "20040107\n"
    os.kill(pid, signal.SIGTERM)
    wait_until(lambda: not is_alive(pid))
    assert not (place / "pid").exists()


@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP"])
def test_a_signal_while_it_starts_ends_it_and_leaves_nothing(start, place, name):
    service = start(stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wait_until(lambda: list(place.glob("rtpproxy-*")))
    service.send_signal(signal.Signals[name])
    assert service.wait(PATIENCE) == 0
    assert not list(place.glob("rtpproxy-*"))


def test_a_slow_shutdown_asked_for_at_the_start_is_not_forgotten(start):
    service = start(stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wait_until(lambda: children_of(service.pid))
    service.send_signal(signal.SIGHUP)
    assert service.wait(PATIENCE) == 0


def test_a_slow_shutdown_is_not_forgotten_when_the_control_plane_dies_just_then(start, place):
    service = start(stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wait_until((place / "pid").exists)
    programs = children_of(service.pid)
    os.kill(next(pid for name, pid in programs.items() if name.startswith("cont")), signal.SIGKILL)
    wait_until(lambda: len(children_of(service.pid)) == 1)
    service.send_signal(signal.SIGHUP)
    assert service.wait(PATIENCE) == 0
