# SPDX-License-Identifier: BSD-2-Clause
"""The benchmarks run, and what they carry is whole. How fast it was is nobody's business here."""

import json
import os
import subprocess
from pathlib import Path

import pytest

BUILD = Path(os.environ.get("MEDIAPLANE_BUILD", "build")).resolve()
BENCH = BUILD / "tests" / "perf" / "mediaplane-bench"

TOO_MANY = ["run", "--sessions", "1", "--workers", "2"]  # One of them has no call.


@pytest.mark.parametrize("families", ["ipv4", "ipv6", "mixed"])
@pytest.mark.parametrize("size", [74, 214, 1242])
def test_every_packet_comes_out_once_in_order_and_right(families, size, tmp_path):
    file = tmp_path / "result.json"
    options = ["--sessions", "500", "--seconds", "1", "--families", families, "--size", str(size)]
    done = subprocess.run(
        [BENCH, "run", *options, "--json", file], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    result = json.loads(file.read_text())
    assert result["packets"] > 500 * 4 * 8
    wrong = ("missing", "doubled", "reordered", "misrouted", "corrupted")
    assert [result[key] for key in wrong] == [0] * len(wrong)


@pytest.mark.skipif(len(os.sched_getaffinity(0)) < 2, reason="each worker has a CPU of its own")
def test_two_workers_share_a_table_and_each_gets_its_own_packets(tmp_path):
    file = tmp_path / "result.json"
    options = ["--workers", "2", "--sessions", "301", "--seconds", "0.5", "--families", "mixed"]
    done = subprocess.run(
        [BENCH, "run", *options, "--json", file], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    result = json.loads(file.read_text())
    wrong = ("missing", "doubled", "reordered", "misrouted", "corrupted", "faults")
    assert [result[key] for key in wrong] == [0] * len(wrong)
    received = [result[f"worker{worker}_received"] for worker in range(2)]
    assert min(received) > 150 * 4 * 8 and sum(received) == result["packets"]
    assert all(result[f"worker{worker}_cycles"] > 0 for worker in range(2))
    assert "worker 1 " in done.stdout


def test_wrong_options_are_refused():
    for wrong in (["run", "--sessions", "0"], ["walk"], ["run", "--size", "61"], TOO_MANY, []):
        done = subprocess.run([BENCH, *wrong], capture_output=True, check=False)
        assert done.returncode == 2
