# SPDX-License-Identifier: BSD-2-Clause
"""Both programs with the least that they need: their user, capabilities, files, and what a core of
theirs would show. The units are those of config/systemd."""

import os
import pathlib
import pwd
import re
import shutil
import stat
import subprocess

import pytest

from lab import netns
from lab.frames import rtp
from lab.network import ALICE, MALLORY, RELAY
from lab.process import Process
from lab.relay import ROOT, Relay, build_folder
from lab.sanitized import plain_only
from lab.udp import UdpSocket

UNITS = ROOT / "config" / "systemd"
SCORES = {"mediaplane-dataplane.service": 2.5, "mediaplane-controlplane.service": 1.5}
USER = "nobody"  # Any user without rights of its own.
STRANGER = "daemon"
CAP_NET_RAW, CAP_NET_ADMIN = 1 << 13, 1 << 12
MARKER = b"Strictly-confidential-media!"


def run(*command, **options) -> subprocess.CompletedProcess:
    return subprocess.run(command, capture_output=True, text=True, check=False, **options)


@pytest.mark.parametrize("unit", SCORES)
def test_units_keep_their_score(unit):
    if not shutil.which("systemd-analyze"):
        pytest.skip("systemd-analyze is not here")
    done = run("systemd-analyze", "security", "--offline=true", str(UNITS / unit))
    score = re.search(r"Overall exposure level for \S+: ([\d.]+)", done.stdout)
    assert score and float(score[1]) <= SCORES[unit], done.stdout + done.stderr


def test_units_are_understood_by_systemd(tmp_path):
    if not shutil.which("systemd-analyze"):
        pytest.skip("systemd-analyze is not here")
    units = []
    for unit in [*UNITS.glob("*.service"), *UNITS.glob("*.socket")]:
        units.append(tmp_path / unit.name)
        units[-1].write_text(re.sub(r"/usr/bin/mediaplane-(\w+)",
                                    rf"{build_folder()}/\1/mediaplane-\1", unit.read_text()))
    done = run("systemd-analyze", "verify", "--man=no", *map(str, units))
    ours = [line for line in done.stderr.splitlines() if "mediaplane" in line]
    assert not ours, ours


@pytest.fixture
def place():
    """A folder of the user's; pytest's own are closed to others."""
    place = pathlib.Path("/tmp") / f"mediaplane-privilege-{os.getpid()}"
    place.mkdir(mode=0o750)
    shutil.chown(place, USER, pwd.getpwnam(USER).pw_gid)
    yield place
    shutil.rmtree(place)


class Unprivileged(Relay):
    """Each program as a user with these capabilities and no others, as its unit starts it."""

    def __init__(self, *args, **settings):
        super().__init__(*args, **settings)
        self.file.chmod(0o644)

    def _begin(self, plane: str, at, *args, pinned: bool = True, listener=None) -> Process:
        assert listener is None
        kept = "+net_raw,+net_admin" if plane == "dataplane" else ""
        capabilities = ["--inh-caps", f"-all{',' + kept if kept else ''}",
                        "--ambient-caps", f"-all{',' + kept if kept else ''}",
                        "--bounding-set", f"-all{',' + kept if kept else ''}"]
        program = build_folder() / plane / f"mediaplane-{plane}"
        return Process(netns.command(
            at.name, "setpriv", "--reuid", USER, "--regid", str(pwd.getpwnam(USER).pw_gid),
            "--clear-groups", "--no-new-privs", *capabilities, str(program), "-c", str(self.file),
            *args), pinned=pinned, log=self.log(plane))


@pytest.fixture
def relay(lab, place, tmp_path):
    recordings = place / "recordings"
    recordings.mkdir()
    shutil.chown(recordings, USER)
    if run("setpriv", "--reuid", USER, "test", "-x", str(build_folder() / "dataplane")).returncode:
        pytest.skip("the build folder is closed to other users")
    # As many frames as fit into the memory that any user may lock.
    relay = Unprivileged(place, device=f"net_af_packet0,iface={RELAY.interface},framecnt=512",
                         more_media=f'[recording]\ndirectory = "{recordings}"')
    try:
        yield relay.start()
        relay.stop()
    finally:
        relay.kill()


def status_of(process: Process) -> dict:
    text = pathlib.Path(f"/proc/{process.popen.pid}/status").read_text(encoding="ascii")
    return dict(line.split(":\t", 1) for line in text.splitlines() if ":\t" in line)


def mode(path) -> int:
    return stat.S_IMODE(os.lstat(path).st_mode)


def talk(relay, caller, callee, payload: bytes = MARKER, recorded: bool = True):
    call = relay.control.set_up("private", caller.endpoint, callee.endpoint)
    if recorded:
        assert relay.control("R private f t") == "0"
    for sequence in range(50):
        caller.send(rtp(sequence, 0xA11CE) + payload, call.for_caller)
        assert callee.next().endswith(payload)
    return call


def test_programs_run_as_a_user_with_the_capabilities_of_their_ports(relay, caller, callee):
    talk(relay, caller, callee)
    for process, capabilities in ((relay.dataplane, CAP_NET_RAW | CAP_NET_ADMIN),
                                  (relay.controlplane, 0)):
        status = status_of(process)
        assert set(status["Uid"].split()) == {str(pwd.getpwnam(USER).pw_uid)}
        for kind in ("CapPrm", "CapEff", "CapBnd", "CapAmb"):
            assert int(status[kind], 16) == capabilities, kind
        assert status["NoNewPrivs"] == "1"


def test_files_are_closed_to_others(relay, caller, callee, place):
    talk(relay, caller, callee)
    relay.control("D private f t")
    for socket in ("control.sock", "dataplane.sock"):
        assert mode(place / socket) == 0o660
        done = run("setpriv", "--reuid", STRANGER, "--regid", STRANGER, "--clear-groups",
                   "/usr/bin/python3", "-c",
                   f"import socket; socket.socket(socket.AF_UNIX).connect('{place / socket}')")
        assert "PermissionError" in done.stderr
    relay.stop()
    files = [*(place / "recordings").iterdir()]
    assert files and all(mode(file) & 0o027 == 0 for file in files)


def test_names_of_recordings_cannot_leave_their_directory(relay, caller, callee, place):
    outside = place / "outside"
    outside.write_text("untouched")
    names = ["../outside", "/etc/passwd-", "..", ".", "a/../../outside", "x" * 300, "link"]
    (place / "recordings" / "link=f.a.rtp").symlink_to(outside)
    before = {path for path in place.iterdir() if path.name != "recordings"}
    for name in names:
        relay.control(f"U {name} {caller.endpoint.ip} 4000 f")
        relay.control(f"L {name} {callee.endpoint.ip} 5000 f t")
        assert relay.control(f"R {name} f t") in ("0", "E8"), name
        relay.control(f"D {name} f t")
    relay.stop()
    assert {path for path in place.iterdir() if path.name != "recordings"} <= before
    assert outside.read_text() == "untouched"


def test_what_strangers_write_is_escaped_in_the_log(relay):
    relay.control(f"U a\x1b[31m\\\"{'y' * 300} {ALICE.ip} 4000 t\x07ag")
    text = relay.controlplane.wait_for_line(r"session created.*")[0]
    assert r"a\x1b[31m\x5c" in text and r"t\x07ag" in text and len(text) < 400
    assert all(line.isprintable() for line in relay.controlplane.output.splitlines())


def dumped(pid: int):
    """The memory that a core would hold: private, without a file or changed, and not excluded."""
    shown = int(pathlib.Path(f"/proc/{pid}/coredump_filter").read_text(encoding="ascii"), 16)
    assert shown & ~0x11 == 0, hex(shown)
    maps = pathlib.Path(f"/proc/{pid}/smaps").read_text(encoding="utf-8")
    with open(f"/proc/{pid}/mem", "rb", 0) as memory:
        for found in re.finditer(r"^([0-9a-f]+)-([0-9a-f]+) (r..)(.) .*?^VmFlags: (.*?)$", maps,
                                 re.MULTILINE | re.DOTALL):
            begin, length = int(found[1], 16), int(found[2], 16) - int(found[1], 16)
            resident = re.search(r"^Rss: +(\d+)", found[0], re.MULTILINE)
            if begin >= 1 << 63 or resident is None or resident[1] == "0":
                continue
            is_dumped = found[4] == "p" and "dd" not in found[5].split()
            memory.seek(begin)
            try:
                yield is_dumped, found[0].splitlines()[0], memory.read(length)
            except OSError:
                continue


@plain_only("a core has terabytes of their shadow memory")
def test_cores_and_logs_hold_no_media(relay, caller, callee):
    """Of a call that is not recorded; the last copy for a recording may stand on a worker's stack."""
    with UdpSocket(MALLORY, 6000) as stranger:
        call = talk(relay, caller, callee, recorded=False)
        stranger.send(rtp(1) + MARKER, call.for_caller)
        found = {True: [], False: []}
        for is_dumped, name, memory in dumped(relay.dataplane.popen.pid):
            found[is_dumped] += [name] * memory.count(MARKER)
    assert found[False]  # It does look where media is.
    assert not found[True]
    for process in (relay.dataplane, relay.controlplane):
        assert MARKER.decode() not in process.output
