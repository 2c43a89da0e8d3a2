# SPDX-License-Identifier: BSD-2-Clause
"""How evenly many prompts at once are played: each packet's arrival beside the grid of its stream,
10 ms apart, by the clock of the listener's kernel. scripts/bench-players starts it.

    players.py [PROMPTS] [SECONDS]
"""

import os
import pathlib
import random
import statistics
import sys
import tempfile

sys.path.insert(0, os.path.dirname(__file__))

from lab import network, private  # noqa: E402
from lab.listeners import Listeners  # noqa: E402
from lab.network import ALICE, BOB  # noqa: E402
from lab.relay import Relay  # noqa: E402

PERIOD = 0.010
PACKET = 80
PCMA = 8


def deviations(times: list[float]) -> list[float]:
    """From the grid that fits best, in seconds."""
    phases = [time - number * PERIOD for number, time in enumerate(times)]
    middle = statistics.median(phases)
    return [abs(phase - middle) for phase in phases]


def jitter(times: list[float]) -> float:
    """RFC 3550, 6.4.1: at the end of the stream."""
    value = 0.0
    for before, after in zip(times, times[1:]):
        value += (abs(after - before - PERIOD) - value) / 16
    return value


def quantile(values: list[float], share: float) -> float:
    return sorted(values)[min(int(len(values) * share), len(values) - 1)]


def milliseconds(values: list[float]) -> str:
    return "  ".join(f"{name} {quantile(values, share) * 1e3:.3f}" for name, share in
                     (("median", 0.5), ("p99", 0.99), ("p99.9", 0.999), ("max", 1)))


def measure(folder: pathlib.Path, prompts: int, seconds: int) -> None:
    packets = seconds * 100
    (folder / f"prompt.{PCMA}").write_bytes(random.Random(1).randbytes(packets * PACKET))
    relay = Relay(folder)
    try:
        relay.start()
        with Listeners(ALICE, prompts) as listeners:
            for number, each in enumerate(listeners.all):
                there = f"{each.endpoint.ip} {each.endpoint.port}"
                relay.control.endpoint(f"U call{number} {there} f")
                relay.control.endpoint(f"L call{number} {BOB.ip} 5000 f t")
            relay.wait_for_neighbour(ALICE)
            for number in range(prompts):
                answer = relay.control(f"P call{number} {folder}/prompt {PCMA} f t")
                assert answer == "0", answer
            listeners.hear(packets)
            streams = [each.times for each in listeners.all]
        relay.stop()
    finally:
        relay.kill()
    print(f"{prompts} prompts, {packets} packets each, all of them heard; milliseconds:")
    print(f"deviation from the grid of 10 ms   {milliseconds(sum(map(deviations, streams), []))}")
    print(f"jitter as RFC 3550 has it          {milliseconds([jitter(s) for s in streams])}")


if __name__ == "__main__":
    private.prepare()
    network.up()
    arguments = [int(word) for word in sys.argv[1:]] + [100, 10][len(sys.argv) - 1:]
    with tempfile.TemporaryDirectory(prefix="mediaplane-players-") as home:
        measure(pathlib.Path(home), *arguments)
