# SPDX-License-Identifier: BSD-2-Clause
"""Both processes of the relay, in the relay's namespace."""

import contextlib
import glob
import json
import os
import pathlib
import re
import signal
import socket
import time

from lab import netns
from lab.control import Control
from lab.handed_over import Listener
from lab.network import RELAY, ROUTER, Host
from lab.process import Process

ROOT = pathlib.Path(__file__).resolve().parents[3]
END_WITHIN = 2.0

CONFIGURATION = """\
[dataplane]
socket = "{folder}/dataplane.sock"
cpus = {{ main = 0, workers = {workers} }}
huge_pages = false
idle_sleep_us = 100
max_sessions = {sessions}
eal_args = ["--no-pci"]

[[port]]
name = "wan"
device = "{device}"
mtu = {mtu}
addresses = [{addresses}]
gateway = "{router.ip}"
{more_of_port}
{more_ports}
[control]
listen = ["unix:{folder}/control.sock"{more_sockets}]

[media]
udp_ports = [{first_udp_port}, {last_udp_port}]
idle_timeout = "{idle_timeout}"
learning = "{learning}"
{more_media}
"""

DEFAULTS = {
    "workers": "[1]",
    "sessions": 10000,
    "device": f"net_af_packet0,iface={RELAY.interface},framecnt=4096",
    "addresses": f'"{RELAY.ip}/{RELAY.prefix_length}"',
    "mtu": 1500,
    "more_of_port": "",
    "more_ports": "",
    "more_sockets": "",
    "first_udp_port": 35000,
    "last_udp_port": 65000,
    "idle_timeout": "60s",
    "learning": "adaptive",
    "more_media": "",
}


def build_folder() -> pathlib.Path:
    return pathlib.Path(os.environ.get("MEDIAPLANE_BUILD", ROOT / "build")).resolve()


class Relay:
    """`settings` replace DEFAULTS; `dataplane_args` go behind the data plane's `-c FILE`.
    `controlplane_at` is where the control plane runs: it may be beside a SIP proxy that reaches it
    by loopback. With `hands_over` the test holds the control socket, so that it stays open while the
    control plane is away."""

    def __init__(self, folder: pathlib.Path, dataplane_args=(), controlplane_at=RELAY,
                 hands_over: bool = False, **settings):
        self.folder = folder
        self.file = folder / "mediaplane.toml"
        self.file.write_text(CONFIGURATION.format(folder=folder, relay=RELAY, router=ROUTER,
                                                  **{**DEFAULTS, **settings}))
        self.dataplane_args = list(dataplane_args)
        self.controlplane_at = controlplane_at
        self.control = Control(folder / "control.sock")
        self._listener = Listener(folder / "control.sock") if hands_over else None
        self.dataplane: Process | None = None
        self.controlplane: Process | None = None

    def start(self) -> "Relay":
        self.start_dataplane()
        self.start_controlplane()
        return self

    def start_dataplane(self) -> None:
        dataplane = self._begin("dataplane", RELAY, *self.dataplane_args, pinned=False)
        dataplane.wait_for_line(r"ready$")
        self.dataplane = dataplane

    def start_controlplane(self) -> None:
        self.begin_controlplane().wait_for_line(r"ready$")

    def begin_controlplane(self) -> Process:
        """Does not wait until it is ready."""
        self.controlplane = self._begin("controlplane", self.controlplane_at,
                                        listener=self._listener)
        return self.controlplane

    def _begin(self, plane: str, at: Host, *args: str, pinned: bool = True,
               listener: Listener | None = None) -> Process:
        program = build_folder() / plane / f"mediaplane-{plane}"
        argv = [str(program), "-c", str(self.file), *args]
        if listener:
            argv = listener.command(argv)
        return Process(netns.command(at.name, *argv), pinned=pinned, log=self.log(plane),
                       pass_fds=[listener.descriptor] if listener else ())

    def log(self, plane: str) -> pathlib.Path:
        return self.folder / f"{plane}.log"

    def stop(self) -> None:
        """Ends both and holds them to what every run has to show."""
        if self.controlplane and self.controlplane.is_running():
            end(self.controlplane)
        if self.dataplane and self.dataplane.is_running():
            end(self.dataplane)
            assert_books_are_closed(self.dataplane)

    def kill_both(self) -> None:
        for process in (self.controlplane, self.dataplane):
            if process:
                process.kill()

    def kill(self) -> None:
        self.kill_both()
        if self._listener:
            self._listener.close()

    def telemetry(self, command: str):
        """The answer of the data plane's telemetry socket, which is one of those of all DPDK
        programs of the machine: each says first who it is."""
        for path in glob.glob("/run/dpdk/rte/dpdk_telemetry.v2*"):
            with (socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as connection,
                  contextlib.suppress(ConnectionError)):  # Left behind by a program that is gone.
                connection.connect(path)
                if json.loads(connection.recv(1024))["pid"] == self.dataplane.popen.pid:
                    connection.sendall(command.encode())
                    return json.loads(connection.recv(16384))[command]
        raise AssertionError("the data plane has no telemetry socket")

    def wait_for_drops(self, reason: str, count: int, timeout: float = 5) -> None:
        """Telemetry is brought up to date once a second."""
        deadline = time.monotonic() + timeout
        while (dropped := self.telemetry("/mediaplane/drops").get(reason, 0)) < count:
            assert time.monotonic() < deadline, f"{reason}: {dropped} dropped, not {count}"
            time.sleep(0.05)

    def wait_for_neighbour(self, host: Host, timeout: float = 5) -> None:
        """Until the data plane knows its MAC."""
        deadline = time.monotonic() + timeout
        while not any(str(entry).startswith(f"{host.ip} ")
                      for entry in self.telemetry("/mediaplane/neighbours").values()):
            assert time.monotonic() < deadline, f"{host.ip} is not known"
            time.sleep(0.05)

    def received_by_workers(self) -> list[int]:
        """From the exit report."""
        report = self.dataplane.output.rsplit("mediaplane: ", 1)[-1]
        return [int(n) for n in re.findall(r"^ *worker \d+ +RX-packets: (\d+)", report, re.MULTILINE)]

    def drops(self, reason: str) -> int:
        """From the exit report: packets dropped for a reason."""
        found = re.findall(rf"^ *drop {reason} +(\d+)$", self.dataplane.output, re.MULTILINE)
        return int(found[-1]) if found else 0


def end(process: Process) -> None:
    """By SIGTERM, within the promised time, with status 0."""
    process.signal(signal.SIGTERM)
    started = time.monotonic()
    status = process.wait(END_WITHIN + 3)
    took = time.monotonic() - started
    assert status == 0, f"{process.name} ended with status {status}:\n{process.output}"
    assert took < END_WITHIN, f"{process.name} needed {took:.1f} s to end:\n{process.output}"


def assert_books_are_closed(dataplane: Process) -> None:
    """Each packet has exactly one fate, and each mbuf is back in its pool."""
    for line in ("BALANCE ok", "MBUFS ok"):
        assert re.search(rf"^{line}", dataplane.output, re.MULTILINE), (
            f"no line '{line}' in the exit report:\n{dataplane.output}")
