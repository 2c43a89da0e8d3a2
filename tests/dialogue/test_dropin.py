# SPDX-License-Identifier: BSD-2-Clause
"""scripts/rtpproxy: what its options come to, and how it lives and dies as one service."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from dialogues import Step
from processes import ROOT, Service
from transports import OneShot

sys.path.insert(0, str(ROOT / "scripts"))
from dropin import options, overlay  # noqa: E402

PATIENCE = 15.0

FILE = """
[[port]]
name = "wan"
device = "net_null0,no-rx=1"
addresses = ["192.0.2.1/24", "2001:db8::1/64"]
[[port]]
name = "lan"
device = "net_null1,no-rx=1"
addresses = ["198.51.100.1/25=203.0.113.1"]
[control]
listen = ["unix:/tmp/a"]
[media]
learning = "first-packet"
"""


@pytest.fixture
def configured(tmp_path):
    """What options over FILE come to."""

    def configured(*arguments):
        file = tmp_path / "rtpproxy.toml"
        file.write_text(FILE)
        wanted = options.parse(["--config", str(file), *arguments])
        return wanted, overlay.configuration(wanted)

    return configured


# Arguments, a path into the configuration, what stands there.
ROWS = [
    ("-l 192.0.2.1", "media addresses", ["192.0.2.1"]),
    ("-l 192.0.2.1", "port 0 addresses", ["192.0.2.1/24", "2001:db8::1/64"]),
    ("-l *", "port 0 addresses", ["192.0.2.1/24=*", "2001:db8::1/64"]),
    ("", "media addresses", ["192.0.2.1"]),
    ("-6 ::", "port 0 addresses", ["192.0.2.1/24", "2001:db8::1/64=*"]),
    ("-l * -A 203.0.113.7", "port 0 addresses", ["192.0.2.1/24=203.0.113.7", "2001:db8::1/64"]),
    ("-l 192.0.2.1=203.0.113.7", "port 0 addresses", ["192.0.2.1/24=203.0.113.7", "2001:db8::1/64"]),
    ("-l 192.0.2.1/198.51.100.1", "media addresses", ["192.0.2.1", "198.51.100.1"]),
    ("-l 192.0.2.1/198.51.100.1", "media bridge", True),
    ("-l 192.0.2.1/198.51.100.1", "port 1 addresses", ["198.51.100.1/25=203.0.113.1"]),
    ("-l 198.51.100.1/192.0.2.1 -A 1.1.1.1/2.2.2.2", "port 1 addresses", ["198.51.100.1/25=1.1.1.1"]),
    ("-l 198.51.100.1/ -6 /2001:DB8::1", "media addresses", ["198.51.100.1", "2001:db8::1"]),
    ("-l 192.0.2.1 -6 2001:db8::1", "media addresses", ["192.0.2.1", "2001:db8::1"]),
    ("-l 192.0.2.1 -6 2001:db8::1", "media bridge", False),
    ("-s unix:/a -s udp:*:22222", "control listen", ["unix:/a", "udp:*:22222"]),
    ("-s /a", "control listen", ["unix:/a"]),
    ("-w 777", "control mode", "0777"),
    ("-m 4000", "media udp_ports", [4000, 65000]),
    ("-M 4000 -m 3000", "media udp_ports", [3000, 4000]),
    ("-b", "media udp_port_order", "sequential"),
    ("-T 7 -W 3", "media idle_timeout", "7s"),
    ("-T 7 -W 3", "media setup_timeout", "3s"),
    ("-i", "media each_direction_times_out", True),
    ("-2", "media send_small_twice", True),
    ("-t 16", "media tos", 16),
    ("--bridge_symmetric", "media symmetric", True),
    ("--force_asymmetric", "media symmetric", False),
    ("", "media learning", "first-packet"),
    ("--learning signalled", "media learning", "signalled"),
    ("-r /r -S /s", "recording directory", "/r"),
    ("-r /r -S /s", "recording spool_directory", "/s"),
    ("-R", "recording rtcp", False),
    ("-P", "recording format", "pcap"),
    ("-a", "recording all", True),
    ("--device net_tap0 -l 10.1.2.3", "port 0 addresses", ["10.1.2.3/24"]),
    ("--device net_null7 -l 127.0.0.1", "port 0 device", "net_null7,no-rx=1"),
    ("--device net_null0 -l *", "port 0 addresses", ["127.0.0.1/8=*"]),
    ("--device net_null0 -6 ::1", "port 0 addresses", ["::1/128"]),
]


@pytest.mark.parametrize("arguments, path, expected", ROWS)
def test_option(configured, arguments, path, expected):
    _, value = configured(*arguments.split())
    for key in path.split():
        value = value[int(key) if key.isdigit() else key]
    assert value == expected


REFUSED = [
    ("-l 192.0.2.77", "192.0.2.77 stands on no port of"),
    ("-l 192.0.2.1/", "a bridge needs two addresses"),
    ("-l 192.0.2.1/198.51.100.1 -6 2001:db8::1/", "first address of the bridge is given twice"),
    ("-l one@192.0.2.1", "labels are not built yet"),
    ("-n unix:/x", "notifications are not built yet"),
    ("--dso x", "modules of rtpproxy cannot be loaded"),
    ("-T 0", "-T 0: must be 1 to 86400"),
    ("-t x", "-t x: must be 0 to 255"),
    ("-w 9", "-w 9: must be 0 to 777, octal"),
    ("-d LOUD", "the level must be one of DBUG, INFO"),
    ("-s stdio:", "standard input is not built"),
    ("-s systemd:", "no socket was handed over"),
    ("-l no.such.host.invalid --no_resolve", "not a numeric address"),
    ("-y", "option -y not recognized"),
    ("word", "word: not an option"),
    ("--config /nowhere", "config/lab.toml and config/appliance.toml are samples"),
]


@pytest.mark.parametrize("arguments, expected", REFUSED)
def test_refusal(configured, arguments, expected):
    with pytest.raises(options.Refusal) as refusal:
        configured(*arguments.split())
    assert expected in str(refusal.value)


def test_what_is_ignored_is_said(configured):
    wanted, _ = configured("-F", "-L", "999", "--overload_prot")
    assert [note.partition(" ")[0] for note in wanted.notes] == ["-F", "-L", "--overload_prot"]
    wanted, _ = configured("-s", "udp:192.0.2.1:22222")
    assert "only this machine may use it" in wanted.notes[0]


def run(*arguments, **environment):
    return subprocess.run(
        [ROOT / "scripts" / "rtpproxy", *arguments],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | environment,
    )


def test_questions_are_answered_without_root_or_file():
    listed = run("-v")
    assert listed.returncode == 0
    assert listed.stdout.startswith("Basic version: 20040107\nExtension 20050322: ")
    assert run("-V").stdout.startswith("mediaplane")
    assert run("-h").returncode == 0
    assert run("-y").returncode == run("word").returncode == 1


def test_what_the_programs_refuse_is_refused_at_once():
    refused = run("-f", "--device", "net_null0", "-l", "224.0.0.1")
    assert refused.returncode == 1
    assert "a multicast address is no address of a host" in refused.stderr


def ask(path: Path, command: str) -> str:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(PATIENCE)
        connection.connect(str(path))
        connection.sendall(command.encode())
        return connection.recv(256).decode()


def wait_until(is_true):
    deadline = time.monotonic() + PATIENCE
    while not is_true():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def children_of(pid: int) -> dict[str, int]:
    """By the names of their programs."""
    text = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    names = {Path(f"/proc/{child}/comm").read_text().strip(): int(child) for child in text.split()}
    return {name.removeprefix("mediaplane-"): pid for name, pid in names.items()}


@pytest.fixture
def daemon(tmp_path):
    """Started as a daemon: its pid file and its socket."""
    pid_file = tmp_path / "pid"
    control = tmp_path / "control.sock"
    arguments = ["--device", "net_null0", "-l", "127.0.0.1", "-s", f"unix:{control}"]
    started = run(*arguments, "-p", str(pid_file), RUNTIME_DIRECTORY=str(tmp_path))
    assert (started.returncode, started.stderr) == (0, "")
    pid = int(pid_file.read_text())
    yield pid, control, pid_file
    if is_alive(pid):
        os.kill(pid, signal.SIGTERM)
        wait_until(lambda: not is_alive(pid))


def test_a_daemon_serves_when_its_starter_has_ended(daemon):
    pid, control, pid_file = daemon
    assert ask(control, "U c 127.0.0.2 4000 f").endswith(" 127.0.0.1\n")
    assert os.readlink(f"/proc/{pid}/cwd") == "/"
    programs = children_of(pid)
    assert len(programs) == 2
    os.kill(pid, signal.SIGUSR1)
    wait_until(lambda: not is_alive(pid))
    assert not pid_file.exists() and not control.exists()
    assert not any(map(is_alive, programs.values()))


def test_a_daemon_that_is_killed_takes_both_programs_with_it(daemon):
    pid, _, _ = daemon
    programs = children_of(pid)
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: not any(map(is_alive, programs.values())))


@pytest.fixture
def service(tmp_path):
    socket_path = OneShot(tmp_path)
    service = Service(tmp_path, ["-l", "127.0.0.1", "-s", socket_path.listen])
    yield service, socket_path
    service.stop()


def test_a_killed_dataplane_comes_back_with_its_calls(service):
    service, proxy = service
    port = proxy.exchange(Step("U c 127.0.0.2 4000 f"))
    programs = children_of(service.process.pid)
    dataplane = next(pid for name, pid in programs.items() if name.startswith("data"))
    os.kill(dataplane, signal.SIGKILL)
    service.wait_for_log(lambda line: "has all sessions (1)" in line)
    assert proxy.exchange(Step("U c 127.0.0.2 4000 f")) == port
    assert service.stop() == 0


def test_a_second_signal_does_not_wait(service):
    service, _ = service
    for program in children_of(service.process.pid).values():
        os.kill(program, signal.SIGSTOP)
    service.signal("SIGTERM")
    service.wait_for_log(lambda line: "SIGTERM: stopping" in line)
    service.signal("SIGINT")
    assert service.wait(PATIENCE) == 128 + signal.SIGINT


def test_another_user_runs_the_control_plane_alone(tmp_path):
    proxy = OneShot(tmp_path)  # Root's own folder.
    service = Service(tmp_path, ["-l", "127.0.0.1", "-s", proxy.listen, "-u", "nobody:nogroup"])
    try:
        assert Path(proxy.path).owner() == "nobody"
        assert proxy.exchange(Step("U c 127.0.0.2 4000 f"))[0].endswith(" 127.0.0.1")
    finally:
        assert service.stop() == 0


def test_only_the_level_asked_for_is_written(tmp_path):
    proxy = OneShot(tmp_path)
    arguments = ["-l", "127.0.0.1", "-s", proxy.listen, "-f", "-d", "WARN", "-p", str(tmp_path / "p")]
    command = [ROOT / "scripts" / "rtpproxy", "--device", "net_null0", *arguments]
    service = subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
    wait_until((tmp_path / "p").exists)
    assert proxy.exchange(Step("V")) == ["20040107"]
    service.terminate()
    assert service.wait(PATIENCE) == 0
    lines = service.stderr.read().splitlines()
    assert not any("info" in line or "session" in line for line in lines)
    assert any("control plane detached" in line for line in lines)


def test_a_proxy_waits_while_the_control_plane_is_started_again(service):
    service, proxy = service
    programs = children_of(service.process.pid)
    controlplane = next(pid for name, pid in programs.items() if name.startswith("cont"))
    os.kill(controlplane, signal.SIGKILL)
    assert proxy.exchange(Step("V")) == ["20040107"]
    service.wait_for_log(lambda line: "the controlplane ended" in line)


def test_a_socket_that_is_served_is_not_taken_away(service, tmp_path):
    service, proxy = service
    refused = run("-f", "--device", "net_null1", "-l", "127.0.0.1", "-s", proxy.listen)
    assert refused.returncode == 1
    assert "another program serves it" in refused.stderr
    assert proxy.exchange(Step("V")) == ["20040107"]
