# SPDX-License-Identifier: BSD-2-Clause
"""Our relay, both programs, on one kind of device."""

import os
import pathlib
import re

import topology
from lab import netns
from lab.control import Call, Control, Endpoint
from lab.process import Process

ROOT = pathlib.Path(__file__).resolve().parents[3]

CONFIGURATION = """\
[dataplane]
socket = "{folder}/dataplane.sock"
cpus = {{ main = 0, workers = [{cpu}] }}
huge_pages = false
idle_sleep_us = 100
max_sessions = 10000
eal_args = ["--no-pci"]
{ports}
[control]
listen = ["unix:{folder}/control.sock"]
[media]
addresses = [{addresses}]
bridge = true
symmetric = true
"""
PORT = """\
[[port]]
name = "{party.name}"
device = "{device}"
addresses = ["{party.relay_ip}/24"]
gateway = "{party.ip}"
gateway_mac = "{party.mac}"
"""
DEVICES = {
    "af_packet": "net_af_packet{number},iface={party.relay_interface},framecnt=4096",
    "tap": "net_tap{number},iface=mp-tap{number},mac={party.relay_mac}",
    "af_xdp": "net_af_xdp{number},iface={party.relay_interface},busy_budget=0",
}


def build_folder() -> pathlib.Path:
    return pathlib.Path(os.environ.get("MEDIAPLANE_BUILD", ROOT / "build")).resolve()


class Mediaplane:
    """`device` with {number} and {party} in it, one of DEVICES or like them."""

    def __init__(self, name: str, device: str, folder: pathlib.Path, cpu: int):
        self.name = name
        self._is_tap = device.startswith("net_tap")
        self._folder = folder
        self._planes: dict[str, Process] = {}
        ports = "".join(
            PORT.format(party=party, device=device.format(number=number, party=party))
            for number, party in enumerate(topology.PARTIES))
        addresses = ", ".join(f'"{party.relay_ip}"' for party in topology.PARTIES)
        self._file = folder / "bench.toml"
        self._configuration = CONFIGURATION.format(folder=folder, cpu=cpu, ports=ports,
                                                   addresses=addresses)

    def start(self) -> None:
        self._file.write_text(self._configuration)
        for plane, pinned in (("dataplane", False), ("controlplane", True)):
            program = build_folder() / plane / f"mediaplane-{plane}"
            self._planes[plane] = Process(
                [*topology.FIRST, *netns.command(topology.RELAY, str(program), "-c", str(self._file))],
                pinned=pinned)
            self._planes[plane].wait_for_line(r"ready$")
        self._control = Control(self._folder / "control.sock")
        for number, party in enumerate(topology.PARTIES if self._is_tap else ()):
            topology.bridge(party, f"mp-tap{number}")

    def set_up(self, call_id: str, caller: Endpoint, callee: Endpoint) -> Call:
        return self._control.set_up(call_id, caller, callee, networks="IE")

    def pids(self) -> list[int]:
        return [process.popen.pid for process in self._planes.values()]

    def stop(self) -> None:
        """Its books are closed at the end, whatever was asked of it."""
        for party in topology.PARTIES if self._is_tap else ():
            topology.unbridge(party)
        for process in reversed(self._planes.values()):
            process.popen.terminate()
            assert process.wait(10) == 0, process.output
        output = self._planes["dataplane"].output
        for line in ("BALANCE ok", "MBUFS ok"):
            assert re.search(rf"^{line}", output, re.MULTILINE), output
