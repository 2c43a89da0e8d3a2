# SPDX-License-Identifier: BSD-2-Clause
"""The benchmarks run, and what they carry is whole. How fast it was is nobody's business here."""

import json
import os
import subprocess
from pathlib import Path

import pytest

BUILD = Path(os.environ.get("MEDIAPLANE_BUILD", "build")).resolve()
BENCH = BUILD / "tests" / "perf" / "mediaplane-bench"


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


def test_wrong_options_are_refused():
    for wrong in (["run", "--sessions", "0"], ["walk"], ["run", "--size", "61"], []):
        done = subprocess.run([BENCH, *wrong], capture_output=True, check=False)
        assert done.returncode == 2
