# SPDX-License-Identifier: BSD-2-Clause
"""The micro benchmarks run, each stage, and lose no packet."""

import json
import os
import subprocess
from pathlib import Path

BUILD = Path(os.environ.get("MEDIAPLANE_BUILD", "build")).resolve()
MICRO = BUILD / "tests" / "perf" / "mediaplane-micro"


def test_every_stage_tells_its_cycles():
    options = ["--benchmark_filter=/(1|10000)/1024", "--benchmark_min_time=0.01"]
    done = subprocess.run(
        [MICRO, *options, "--benchmark_format=json"], capture_output=True, text=True, check=True
    )
    results = json.loads(done.stdout)["benchmarks"]
    stages = {result["name"].split("/")[0] for result in results}
    assert stages == {"classify", "lookup", "admit", "measure", "rewrite", "process", "whole"}
    assert len(results) == 2 * len(stages)
    for result in results:
        assert not result.get("error_occurred"), result["error_message"]
        assert result["cycles_a_packet"] >= result["best"] > 0
