# SPDX-License-Identifier: BSD-2-Clause
"""scripts/bench-lab runs: every relay gets every packet of a gentle rate through, its books are closed
at the end, and its figures are printed. How fast it was is nobody's business here."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("MEDIAPLANE_BUILD", "build")).resolve()
RELAYS = ("mediaplane, af_packet", "mediaplane, af_xdp", "mediaplane, tap", "rtpengine")


def bench_lab(*options):
    return subprocess.run(
        [ROOT / "scripts" / "bench-lab", *options], capture_output=True, text=True, check=False,
        env={**os.environ, "MEDIAPLANE_BUILD": str(BUILD)})


@pytest.mark.skipif(os.geteuid() != 0, reason="network namespaces need root")
@pytest.mark.skipif(not shutil.which("rtpengine"), reason="rtpengine-daemon is not installed")
def test_the_short_form_measures_every_relay(tmp_path):
    file = tmp_path / "result.json"
    done = bench_lab("--quick", "--json", file)
    assert done.returncode == 0, done.stdout + done.stderr
    result = json.loads(file.read_text())
    assert sorted(result["relays"]) == sorted(RELAYS)
    for name, (only,) in result["relays"].items():
        steady = only["steady"]
        assert steady["received"] > 0.9 * steady["sent"] > 0, name
        assert 0 < steady["p50_us"] <= steady["p99_us"] <= steady["max_us"], name
        assert name in done.stdout


def test_wrong_options_are_refused():
    assert bench_lab("--relays", "none").returncode != 0
    assert bench_lab("--no-such").returncode == 2
    load = BUILD / "tests" / "perf" / "mediaplane-load"
    for wrong in ([], ["0", "1"], ["1000", "0"], ["1000", "1"]):
        done = subprocess.run([load, *wrong], input="nonsense", capture_output=True, text=True,
                              check=False)
        assert done.returncode == 2, wrong
