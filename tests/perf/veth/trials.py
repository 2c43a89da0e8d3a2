# SPDX-License-Identifier: BSD-2-Clause
"""Trials of one relay, by mediaplane-load: at one rate, and the search for the highest clean one."""

import json
import os
import pathlib
import subprocess

import topology
from lab.control import Endpoint
from mediaplane import build_folder

WARM_UP = 0.1  # Seconds that mediaplane-load sends before it counts.
CLEAN = 0.001  # The share of packets that may be lost or late.
KEPT_UP = 0.98  # What the load must have sent of what was due, or the trial says nothing.
STEP = 1.4
PRECISION = 1.03
TRIES = 3  # Another program of the machine may have taken the CPU for a moment.


def cpu_seconds(pids: list[int]) -> float:
    ticks = 0
    for pid in pids:
        fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


class Trials:
    """`calls` calls of a started relay. The load runs on `cpu`."""

    def __init__(self, relay, calls: int, cpu: int):
        self._relay = relay
        self._calls = calls
        self._cpu = cpu
        self._set_up()

    def _set_up(self) -> None:
        lines = [f"{party.name} {topology.INTERFACE} {party.mac} {party.relay_mac}"
                 for party in topology.PARTIES]
        alice, bob = topology.PARTIES
        for number in range(self._calls):
            port = 10000 + 2 * number
            call = self._relay.set_up(f"call-{number}", Endpoint(alice.ip, port), Endpoint(bob.ip, port))
            lines.append(f"0 {alice.ip} {port} {call.for_caller.ip} {call.for_caller.port}")
            lines.append(f"1 {bob.ip} {port} {call.for_callee.ip} {call.for_callee.port}")
        self._streams = "\n".join(lines) + "\n"

    def run(self, rate: float, seconds: float) -> dict:
        before = cpu_seconds(self._relay.pids())
        done = subprocess.run(
            [*topology.FIRST, "taskset", "-c", str(self._cpu), build_folder() / "tests" / "perf" / "mediaplane-load",
             str(rate), str(seconds)],
            input=self._streams, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise SystemExit(f"scripts/bench-lab: {done.stderr}")
        result = json.loads(done.stdout)
        result["rate"] = rate
        result["lost"] = result["sent"] - result["received"]
        result["cpu_us"] = 1e6 * (cpu_seconds(self._relay.pids()) - before) / (rate * (seconds + WARM_UP))
        return result

    def clean(self, rate: float, seconds: float) -> dict | None:
        """A clean trial at this rate; None if there was none."""
        for _ in range(TRIES):
            result = self._last = self.run(rate, seconds)
            if result["sent"] >= KEPT_UP * result["due"] and (
                    result["lost"] + result["late"] <= CLEAN * result["sent"]):
                return result
            self._restart()
        self._why = "load" if result["sent"] < KEPT_UP * result["due"] else "relay"
        return None

    def _restart(self) -> None:
        """Overload leaves nothing behind: sockets of rtpengine whose buffers were full once are never
        read again."""
        self._relay.stop()
        self._relay.start()
        self._set_up()

    def steady(self, rate: float, seconds: float) -> dict:
        """The best of some trials at a rate that every relay can do."""
        results = [result for _ in range(5) if (result := self.clean(rate, seconds))]
        if not results:
            raise SystemExit(f"scripts/bench-lab: {self._relay.name} is not clean at {rate}: {self._last}")
        return min(results, key=lambda result: result["p99_us"])

    def search(self, start: float, seconds: float) -> dict:
        """The trial at the highest clean rate; `bound` says whether relay or load had enough."""
        best, rate = None, start
        while result := self.clean(rate, seconds):
            best, rate = result, rate * STEP
        while best is None and rate > 500:
            rate /= 2
            best = self.clean(rate, seconds)
        if best is None:
            raise SystemExit(f"scripts/bench-lab: {self._relay.name} has no clean rate: {self._last}")
        low, high = best["rate"], min(rate if rate > best["rate"] else 2 * rate, best["rate"] * 2)
        while high / low > PRECISION:
            middle = (low * high) ** 0.5
            if result := self.clean(middle, seconds):
                best, low = result, middle
            else:
                high = middle
        return {**best, "bound": self._why}
