# SPDX-License-Identifier: BSD-2-Clause
"""The real programs on a device without a network: each by itself, started until its `ready` line,
or both in rtpproxy's place, as scripts/rtpproxy starts them."""

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

ROOT = Path(__file__).resolve().parents[2]
# How the recorded program was started for each profile. REC and SPOOL are directories.
PROFILES = {
    "default": ["-l", "127.0.0.1"],
    "wild": ["-l", "0.0.0.0"],
    "v6": ["-6", "::1"],
    "bridge": ["-l", "127.0.0.1/127.0.0.2"],
    "bridge46": ["-l", "127.0.0.1", "-6", "/::1"],
    "adv": ["-l", "127.0.0.1", "-A", "192.0.2.9"],
    "bridgeadv": ["-l", "127.0.0.1/127.0.0.2", "-A", "192.0.2.9/198.51.100.9"],
    "tinyports": ["-l", "127.0.0.1", "-b", "-m", "23820", "-M", "23823"],
    "rec": ["-l", "127.0.0.1", "-r", "REC"],
    "recspool": ["-l", "127.0.0.1", "-r", "REC", "-S", "SPOOL"],
    "recnortcp": ["-l", "127.0.0.1", "-R", "-r", "REC"],
    "recpcap": ["-l", "127.0.0.1", "-P", "-r", "REC"],
    "recall": ["-l", "127.0.0.1", "-a", "-r", "REC"],
}


def program(name: str) -> str:
    build = Path(os.environ.get("MEDIAPLANE_BUILD", "build")).resolve()
    return str(build / name / f"mediaplane-{name}")


class Running:
    """A command of ours; its log is collected, and shown when it does not become ready.
    `popen` is what Popen() shall know besides."""

    def __init__(self, command: list[str], **popen):
        self.log: list[str] = []  # Lines of standard error.
        self.changed = threading.Condition()
        self.has_ended = False
        self.process = subprocess.Popen(
            command,
            stderr=subprocess.PIPE,
            text=True,
            **popen,
        )
        self.reader = threading.Thread(target=self.read_log, daemon=True)
        self.reader.start()
        try:
            self.wait_for_log(lambda line: line.rstrip().endswith(self.READY))
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


class Process(Running):
    """One of the two programs. `prefix` is a command that starts it."""

    READY = " ready"

    def __init__(self, name: str, configuration: Path, prefix=(), **popen):
        super().__init__([*prefix, program(name), "-c", str(configuration)], **popen)


class Service(Running):
    """Both, started with rtpproxy's options."""

    READY = "info: ready"  # The control plane, whose line comes last.

    def __init__(self, directory: Path, options: list[str]):
        (directory / "rtpproxy.toml").write_text("[dataplane]\nmax_sessions = 64\nidle_sleep_us = 1000\n")
        ours = ["--config", str(directory / "rtpproxy.toml"), "--device", "net_null0"]
        command = [str(ROOT / "scripts" / "rtpproxy"), "-f", "-p", str(directory / "pid"), *ours]
        folders = {"REC": str(directory / "rec"), "SPOOL": str(directory / "spool")}
        options = [folders.get(option, option) for option in options]
        super().__init__([*command, *options], stdout=subprocess.DEVNULL)
