# SPDX-License-Identifier: BSD-2-Clause
"""The two real programs on a device without a network, each started until its `ready` line."""

import os
import signal
import subprocess
import threading
from pathlib import Path

START_TIMEOUT = 20.0

CONFIGURATION = """
[dataplane]
socket = "{directory}/dataplane.sock"
cpus = {{ main = 0, workers = [1] }}
idle_sleep_us = 1000
max_sessions = 64
eal_args = ["--no-pci"]

[[port]]
name = "nowhere"
device = "net_null0,no-rx=1"
addresses = ["127.0.0.1/8"]

[control]
listen = [{listen}]

[media]
{media}
"""

RECORDING = '[recording]\ndirectory = "DIRECTORY/rec"\n'

# What stands behind [media].
PROFILES = {
    "default": "",
    "tinyports": 'udp_ports = [23820, 23823]\nudp_port_order = "sequential"',
    "rec": RECORDING,
    "recspool": RECORDING + 'spool_directory = "DIRECTORY/spool"',
    "recnortcp": RECORDING + "rtcp = false",
    "recpcap": RECORDING + 'format = "pcap"',
    "recall": RECORDING + "all = true",
}


def program(name: str) -> str:
    build = Path(os.environ.get("MEDIAPLANE_BUILD", "build")).resolve()
    return str(build / name / f"mediaplane-{name}")


class Process:
    """A program of ours; its log is collected, and shown when it does not become ready.
    `prefix` is a command that starts it, `popen` what Popen() shall know besides."""

    def __init__(self, name: str, configuration: Path, prefix=(), **popen):
        self.log: list[str] = []
        self.changed = threading.Condition()
        self.has_ended = False
        self.process = subprocess.Popen(
            [*prefix, program(name), "-c", str(configuration)],
            stderr=subprocess.PIPE,
            text=True,
            **popen,
        )
        self.reader = threading.Thread(target=self.read_log, daemon=True)
        self.reader.start()
        try:
            self.wait_for_log(lambda line: line.rstrip().endswith("ready"))
        except RuntimeError:
            self.stop()
            raise

    def read_log(self):
        for line in self.process.stderr:
            with self.changed:
                self.log.append(line)
                self.changed.notify_all()
        with self.changed:
            self.has_ended = True
            self.changed.notify_all()

    def wait_for_log(self, is_wanted):
        def is_there():
            return any(map(is_wanted, self.log))

        with self.changed:
            self.changed.wait_for(lambda: self.has_ended or is_there(), START_TIMEOUT)
            if not is_there():
                raise RuntimeError("did not say what it should:\n" + "".join(self.log))

    def signal(self, name: str):
        self.process.send_signal(signal.Signals[name])

    def wait(self, timeout: float) -> int:
        return self.process.wait(timeout)

    def stop(self) -> int:
        if self.process.poll() is None:
            self.process.terminate()
        try:
            status = self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            status = self.process.wait()
        self.reader.join(5)
        if status > 0:
            print("".join(self.log))
        return status
