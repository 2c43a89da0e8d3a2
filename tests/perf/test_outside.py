# SPDX-License-Identifier: BSD-2-Clause
"""mediaplane-bench beside the real programs: their control plane sets its calls up, and packets go
through the relay path of the bench, or through a running data plane over memif."""

import contextlib
import json
import os
import subprocess
import time
from pathlib import Path

import pytest

BUILD = Path(os.environ.get("MEDIAPLANE_BUILD", "build")).resolve()
BENCH = BUILD / "tests" / "perf" / "mediaplane-bench"
CPUS = sorted(os.sched_getaffinity(0))
WITHIN = 20.0

CONFIGURATION = """\
[dataplane]
socket = "{folder}/dataplane.sock"
cpus = {{ main = {first_cpu}, workers = [{last_cpu}] }}
huge_pages = false
max_sessions = 500
eal_args = ["--no-pci"]

[[port]]
name = "wan"
device = "{device}"
addresses = ["198.18.0.1/24", "2001:db8::1/64"]
gateway = "198.18.0.254"
gateway6 = "2001:db8::fe"

[control]
listen = ["unix:{folder}/control.sock"]
{more}
"""

MEMIF = "net_memif0,role={role},id=0,socket={folder}/wire.sock,socket-abstract=no"
VHOST = {
    "server": "net_vhost0,iface={folder}/wire.sock,queues=1",
    "client": "net_virtio_user0,path={folder}/wire.sock,queues=1",
}
BRIDGE = '[media]\naddresses = ["198.18.0.1", "2001:db8::1"]\nbridge = true'


@contextlib.contextmanager
def program(plane, config, ready):
    """Runs a process until the block ends; what it printed is in `.log` then."""
    log = config.parent / f"{plane}.log"
    with open(log, "w") as output:
        process = subprocess.Popen(
            [BUILD / plane / f"mediaplane-{plane}", "-c", config], stdout=output, stderr=output
        )
    try:
        deadline = time.monotonic() + WITHIN
        while ready not in log.read_text():
            assert process.poll() is None and time.monotonic() < deadline, log.read_text()
            time.sleep(0.02)
        yield process
        process.terminate()
        assert process.wait(WITHIN) == 0, log.read_text()
    finally:
        process.kill()
        process.wait()


def write_config(folder, more="", device=MEMIF):
    file = folder / "mediaplane.toml"
    device = device.format(folder=folder, role="server")
    file.write_text(
        CONFIGURATION.format(
            folder=folder, more=more, device=device, first_cpu=CPUS[0], last_cpu=CPUS[-1]
        )
    )
    return file


@pytest.fixture
def config(tmp_path, request):
    return write_config(tmp_path, getattr(request, "param", ""))


def run_bench(config, mode, *options):
    result = config.parent / "result.json"
    done = subprocess.run(
        [BENCH, mode, "--config", config, "--sessions", "100", "--seconds", "0.5",
         "--cpu", str(CPUS[0]), "--json", result, *options],
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(result.read_text())


def memif(config):
    return MEMIF.format(folder=config.parent, role="client")


@pytest.mark.parametrize(
    "config, families", [("", "ipv4"), ("", "ipv6"), (BRIDGE, "mixed")], indirect=["config"]
)
def test_a_control_plane_drives_the_relay_path_of_the_bench(config, families):
    with program("controlplane", config, "control.sock"):
        assert run_bench(config, "run", "--families", families)["packets"] > 1000
        assert run_bench(config, "soak", "--families", families)["replaced"] > 5


@pytest.mark.parametrize(
    "config, families", [("", "ipv4"), ("", "ipv6"), (BRIDGE, "mixed")], indirect=["config"]
)
def test_a_running_data_plane_relays_every_packet_over_memif(config, families):
    with (
        program("dataplane", config, "ready") as dataplane,
        program("controlplane", config, "ready"),
    ):
        options = ["--device", memif(config), "--families", families]
        assert run_bench(config, "run", *options)["packets"] > 1000
        soaked = run_bench(config, "soak", *options, "--malformed", "0.01")
        assert soaked["replaced"] > 5 and soaked["malformed"] > 5
        assert run_bench(config, "latency", *options, "--rate", "2000")["measured"] > 500
        assert dataplane.poll() is None
    log = (config.parent / "dataplane.log").read_text()
    assert "BALANCE ok" in log and "MBUFS ok" in log


def test_a_running_data_plane_relays_every_packet_over_vhost(tmp_path):
    config = write_config(tmp_path, device=VHOST["server"])
    with program("dataplane", config, "ready"), program("controlplane", config, "ready"):
        device = VHOST["client"].format(folder=tmp_path)
        assert run_bench(config, "run", "--device", device)["packets"] > 1000


def test_without_a_relay_behind_the_device_it_says_so(config):
    done = subprocess.run(
        [BENCH, "run", "--config", config, "--device", memif(config), "--sessions", "10"],
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert done.returncode == 3
    assert "net_memif0" in done.stderr
