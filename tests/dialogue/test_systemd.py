# SPDX-License-Identifier: BSD-2-Clause
"""The control plane as systemd starts it: with sockets that are open already (`LISTEN_FDS`), and a
socket that hears how it stands (`NOTIFY_SOCKET`)."""

import os
import socket
import subprocess
import time

import pytest
from dialogues import Step
from processes import CONFIGURATION, Process, program
from transports import TRANSPORTS, OneShot

FIRST_INHERITED = 3
WATCHDOG_SECONDS = 0.4
PATIENCE = 10.0


class Notifications:
    """What the process tells its service manager."""

    def __init__(self, directory):
        self.path = str(directory / "notify.sock")
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(self.path)
        self.socket.settimeout(PATIENCE)

    def receive(self) -> str:
        return self.socket.recv(4096).decode()

    def wait_for(self, wanted: str):
        deadline = time.monotonic() + PATIENCE
        heard = []
        while not heard or heard[-1] != wanted:
            assert time.monotonic() < deadline, heard
            heard.append(self.receive())
        return heard


def hand_over(sockets, **environment):
    """Arguments of Popen that start a program with these sockets from descriptor 3 on. A child
    knows its own process id only after fork(), so a shell writes it into the environment."""
    kept = [os.dup(s.fileno()) for s in sockets]
    redirections = " ".join(
        f"{FIRST_INHERITED + i}<&{descriptor}" for i, descriptor in enumerate(kept)
    )
    script = f'LISTEN_PID=$$ LISTEN_FDS={len(kept)} exec "$@" {redirections}'
    return kept, {
        "prefix": ["bash", "-c", script, "bash"],
        "pass_fds": kept,
        "env": {**os.environ, **environment},
    }


@pytest.fixture
def start(dataplane):
    """Starts control planes; those that a failed test leaves running are stopped."""
    started = []

    def start_controlplane(configuration, sockets=(), **environment) -> Process:
        kept, arguments = hand_over(sockets, **environment)
        try:
            started.append(Process("controlplane", configuration, **arguments))
        finally:
            for descriptor in kept:
                os.close(descriptor)
        return started[-1]

    yield start_controlplane
    for process in started:
        process.stop()


def listening(listen: str) -> socket.socket:
    """The socket that a unit would open for this entry of `control.listen`."""
    scheme, _, rest = listen.partition(":")
    if scheme.endswith("unix"):
        family, kind, address = socket.AF_UNIX, socket.SOCK_STREAM, rest
    else:
        host, _, port = rest.rpartition(":")
        family = socket.AF_INET6 if scheme.endswith("6") else socket.AF_INET
        kind = socket.SOCK_DGRAM if scheme.startswith("udp") else socket.SOCK_STREAM
        address = (host, int(port))
    opened = socket.socket(family, kind)
    opened.bind(address)
    if kind == socket.SOCK_STREAM:
        opened.listen()
    return opened


def write_configuration(directory, *listen):
    path = directory / "mediaplane.toml"
    entries = ", ".join(f'"{entry}"' for entry in listen)
    path.write_text(CONFIGURATION.format(directory=directory, listen=entries, media=""))
    return path


@pytest.fixture
def dataplane(tmp_path):
    process = Process("dataplane", write_configuration(tmp_path, "unix:/nowhere/control.sock"))
    yield process
    assert process.stop() == 0


def inode(path) -> int:
    return os.stat(path).st_ino


@pytest.mark.parametrize("transport", sorted(TRANSPORTS))
def test_who_asks_between_two_runs_is_answered_by_the_next(tmp_path, start, transport):
    listen = TRANSPORTS[transport](tmp_path).listen
    cookie = b"7 " if transport.startswith("udp") else b""
    configuration = write_configuration(tmp_path, listen)
    with listening(listen) as inherited:
        for _ in range(2):
            with socket.socket(inherited.family, inherited.type) as proxy:
                proxy.settimeout(PATIENCE)
                proxy.connect(inherited.getsockname())
                proxy.sendall(cookie + b"V\n")
                controlplane = start(configuration, [inherited])
                assert proxy.recv(100) == cookie + b"20040107\n"
            assert controlplane.stop() == 0


def test_inherited_file_stays_and_own_file_goes(tmp_path, start):
    proxy, own = OneShot(tmp_path), tmp_path / "own.sock"
    with listening(proxy.listen) as inherited:
        before = inode(proxy.path)
        configuration = write_configuration(tmp_path, f"unix:{own}", proxy.listen)
        controlplane = start(configuration, [inherited])
        assert own.exists()
        assert proxy.exchange(Step("V")) == ["20040107"]
        assert controlplane.stop() == 0
        assert inode(proxy.path) == before
        assert not own.exists()


@pytest.mark.parametrize("transport", sorted(TRANSPORTS))
def test_sockets_without_an_entry_are_an_error(tmp_path, transport):
    other = TRANSPORTS[transport](tmp_path).listen
    entry = f"unix:{tmp_path}/entry.sock"
    # A Unix socket says nothing about what will be spoken over it.
    name = other.removeprefix("c")
    with listening(other) as inherited:
        kept, arguments = hand_over([inherited])
        configuration = write_configuration(tmp_path, entry)
        ended = subprocess.run(
            [*arguments.pop("prefix"), program("controlplane"), "-c", str(configuration)],
            capture_output=True, text=True, timeout=PATIENCE, check=False, **arguments,
        )
        for descriptor in kept:
            os.close(descriptor)
    assert ended.returncode == 3
    if transport.endswith("6"):
        name = name.replace("::1", "[::1]")
    assert f"inherited socket {name}: control.listen has no such entry" in ended.stderr


def test_the_service_manager_hears_how_it_stands(tmp_path, dataplane, start):
    heard = Notifications(tmp_path)
    proxy = OneShot(tmp_path)
    controlplane = start(
        write_configuration(tmp_path, proxy.listen),
        NOTIFY_SOCKET=heard.path,
        WATCHDOG_USEC=str(int(WATCHDOG_SECONDS * 1e6)),
    )
    heard.wait_for("READY=1")
    heard.wait_for("STATUS=0 sessions, data plane attached")
    proxy.exchange(Step("U c 127.0.0.2 4000 f"))
    heard.wait_for("STATUS=1 session, data plane attached")
    heard.wait_for("WATCHDOG=1")
    begin = time.monotonic()
    for _ in range(5):
        heard.wait_for("WATCHDOG=1")
    # Half of what is allowed, with room for a busy machine.
    assert 0.4 * WATCHDOG_SECONDS < (time.monotonic() - begin) / 5 < WATCHDOG_SECONDS
    dataplane.stop()
    heard.wait_for("STATUS=1 session, data plane away")
    controlplane.signal("SIGHUP")
    heard.wait_for("STATUS=1 session, data plane away, draining")
    assert controlplane.stop() == 0
    heard.wait_for("STOPPING=1")


def test_waiting_for_the_dataplane_is_no_failure_to_start(tmp_path):
    heard = Notifications(tmp_path)
    configuration = write_configuration(tmp_path, f"unix:{tmp_path}/control.sock")
    with subprocess.Popen(
        [program("controlplane"), "-c", str(configuration)],
        stderr=subprocess.DEVNULL,
        env={**os.environ, "NOTIFY_SOCKET": heard.path},
    ) as process:
        try:
            assert heard.receive().startswith("EXTEND_TIMEOUT_USEC=")
            assert heard.receive() == "STATUS=0 sessions, data plane away"
            assert "READY=1" not in heard.wait_for("EXTEND_TIMEOUT_USEC=10000000")
        finally:
            process.terminate()
