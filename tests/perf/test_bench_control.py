# SPDX-License-Identifier: BSD-2-Clause
"""scripts/bench-control runs, and every answer it gets is right: the sessions of a big relay all have
endpoints of their own. How fast it was is nobody's business here."""

import json
import os
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("MEDIAPLANE_BUILD", "build")).resolve()
BENCH = BUILD / "tests" / "perf" / "mediaplane-bench"


def test_the_short_form_measures_everything(tmp_path):
    file = tmp_path / "result.json"
    done = subprocess.run(
        [ROOT / "scripts" / "bench-control", "--quick", "--json", file],
        capture_output=True, text=True, check=False, env={**os.environ, "MEDIAPLANE_BUILD": str(BUILD)},
    )
    assert done.returncode == 0, done.stdout + done.stderr
    result = json.loads(file.read_text())
    assert [result[key]["commands"] for key in ("pipelined", "one_shot", "paced")] == [3000, 3000, 6000]
    many = result["many"]
    assert many["set_up"]["commands"] == many["again"]["commands"] == 2 * many["sessions"] == 20000
    wrong = [figures["wrong"] for figures in
             (result["pipelined"], result["one_shot"], result["paced"], many["set_up"], many["again"])]
    assert wrong == [0] * len(wrong)
    assert 0 < sum(result["memory"].values())
    assert result["remove_all_s"] > 0


def test_a_hundred_thousand_sessions_over_several_addresses(tmp_path):
    script = ROOT / "scripts" / "bench-control"
    done = subprocess.run(
        [script, "--only-many", "--json", tmp_path / "result.json"],
        capture_output=True, text=True, check=False, env={**os.environ, "MEDIAPLANE_BUILD": str(BUILD)},
    )
    assert done.returncode == 0, done.stdout + done.stderr
    many = json.loads((tmp_path / "result.json").read_text())["many"]
    assert many["sessions"] == 100000
    assert many["set_up"]["wrong"] == many["asked"]["wrong"] == many["again"]["wrong"] == 0


def test_wrong_options_are_refused():
    for wrong in ([], ["--control", "tcp:1"], ["--control", "unix:/x", "--rate", "0"],
                  ["--control", "unix:/x", "--steps", "UX"], ["--control", "unix:/x", "more"]):
        done = subprocess.run([BENCH, "setup", *wrong], capture_output=True, check=False)
        assert done.returncode == 2, wrong


def test_a_socket_where_nobody_listens_is_said(tmp_path):
    for kind in ("unix", "cunix"):
        done = subprocess.run([BENCH, "setup", "--control", f"{kind}:{tmp_path}/none.sock"],
                              capture_output=True, check=False)
        assert done.returncode == 3
