# SPDX-License-Identifier: BSD-2-Clause
"""Each mode of mediaplane-bench runs, prints its figures and finds no packet wrong; options that
make no sense are refused; `compare` says by its exit status what it finds."""

import json
import os
import subprocess
from pathlib import Path

import pytest

BUILD = Path(os.environ.get("MEDIAPLANE_BUILD", "build")).resolve()
BENCH = BUILD / "tests" / "perf" / "mediaplane-bench"

CPUS = sorted(os.sched_getaffinity(0))
TWO_LCORES = ["--cpu", str(CPUS[0]), "--relay-cpu", str(CPUS[-1])]
two_cpus = pytest.mark.skipif(len(CPUS) < 2, reason="needs two CPUs")

WRONG = ("missing", "doubled", "reordered", "misrouted", "corrupted", "faults")


def bench(*options):
    return subprocess.run([BENCH, *options], capture_output=True, text=True, check=False)


def measure(tmp_path, mode, *options):
    """The figures of a run that has to be clean."""
    file = tmp_path / f"{mode}.json"
    done = bench(mode, "--sessions", "200", "--seconds", "0.3", *options, "--json", file)
    assert done.returncode == 0, done.stdout + done.stderr
    result = json.loads(file.read_text())
    assert result["mode"] == mode
    assert {key: result[key] for key in WRONG} == dict.fromkeys(WRONG, 0), done.stdout
    return result


@two_cpus
@pytest.mark.parametrize("families", ["ipv4", "ipv6", "mixed"])
def test_run_with_the_relay_on_its_own_lcore(families, tmp_path):
    result = measure(tmp_path, "run", *TWO_LCORES, "--families", families)
    assert result["mpps"] > 0


@two_cpus
def test_latency_tells_quantiles_in_order(tmp_path):
    result = measure(tmp_path, "latency", *TWO_LCORES, "--rate", "20000")
    quantiles = [result[f"{name}_us"] for name in ("p50", "p90", "p99", "p99.9", "most")]
    assert 0 < quantiles[0] and quantiles == sorted(quantiles)
    assert result["measured"] > 0.3 * 20000 * 0.5


@two_cpus
def test_ndr_finds_a_rate(tmp_path):
    result = measure(tmp_path, "ndr", *TWO_LCORES, "--seconds", "0.1")
    assert result["ndr_mpps"] > 0
    assert result["ndr_limit"] in ("generator", "relay")


@pytest.mark.parametrize("families", ["ipv4", "ipv6", "mixed"])
def test_soak_ends_and_begins_calls(families, tmp_path):
    result = measure(tmp_path, "soak", "--churn", "100", "--families", families)
    assert result["replaced"] >= 10


@two_cpus
def test_soak_with_the_relay_on_its_own_lcore(tmp_path):
    assert measure(tmp_path, "soak", "--churn", "100", *TWO_LCORES)["replaced"] >= 5


@pytest.mark.parametrize("families", ["ipv4", "ipv6", "mixed"])
def test_malformed_and_lost_packets_cost_nobody_else_anything(families, tmp_path):
    profile = ["--malformed", "0.05", "--loss", "0.05", "--families", families]
    result = measure(tmp_path, "run", *profile)
    assert result["malformed"] > 100
    assert result["lost_before"] > 100


@pytest.mark.parametrize("families", ["ipv4", "ipv6", "mixed"])
def test_rebinding_costs_no_more_than_the_packets_until_it_is_learned(families, tmp_path):
    result = measure(tmp_path, "run", "--rebinding", "0.001", "--families", families)
    assert result["rebindings"] > 10
    assert result["relearning"] >= result["rebindings"]


@pytest.mark.parametrize(
    "wrong",
    [
        [],
        ["walk"],
        ["run", "more"],
        ["run", "--sessions", "0"],
        ["run", "--seconds", "0"],
        ["run", "--size", "61"],
        ["run", "--malformed", "1.1"],
        ["run", "--families", "ipv5"],
        ["run", "--cpu", "1", "--relay-cpu", "1"],
        ["run", "--device", "net_memif0"],
        ["latency"],
        ["ndr", "--relay-cpu", "0", "--malformed", "0.1"],
        ["compare", "one.json"],
        ["run", "--config", "/nonexistent"],
    ],
    ids=" ".join,
)
def test_wrong_options_are_refused_in_words(wrong):
    done = bench(*wrong)
    assert done.returncode == 2
    assert done.stderr.strip() and not done.stdout


RESULT = {"mode": "run", "sessions": 1000, "median_cycles": 100, "mpps": 20, "faults": 0}


@pytest.mark.parametrize(
    "change, options, status, says",
    [
        ({}, [], 0, "+0.0 %"),
        ({"median_cycles": 104}, [], 0, "+4.0 %"),
        ({"median_cycles": 106}, [], 1, "WORSE"),
        ({"median_cycles": 106}, ["--tolerance", "0.1"], 0, "+6.0 %"),
        ({"median_cycles": 50, "mpps": 40}, [], 0, "-50.0 %"),
        ({"mpps": 18}, [], 1, "WORSE"),
        ({"mpps": 0}, [], 1, "WORSE"),
        ({"faults": 1}, [], 1, "missing or wrong"),
        ({"sessions": 2000}, [], 2, "sessions is 1000 and 2000"),
        ({"mode": "ndr"}, [], 2, "mode is run and ndr"),
    ],
)
def test_compare(change, options, status, says, tmp_path):
    before, after = tmp_path / "a.json", tmp_path / "b.json"
    before.write_text(json.dumps(RESULT))
    after.write_text(json.dumps({**RESULT, **change}))
    done = bench("compare", before, after, *options)
    assert done.returncode == status, done.stdout + done.stderr
    assert says in done.stdout + done.stderr


@pytest.mark.parametrize("text", ["", "[]", '{"mpps": 1}', '{"mode": "run"'])
def test_compare_refuses_what_is_no_result(text, tmp_path):
    before, after = tmp_path / "a.json", tmp_path / "b.json"
    before.write_text(json.dumps(RESULT))
    after.write_text(text)
    done = bench("compare", before, after)
    assert done.returncode == 2
    assert "b.json is no result" in done.stderr
    assert bench("compare", before, tmp_path / "c.json").returncode == 2


def test_compare_reads_what_run_writes(tmp_path):
    measure(tmp_path, "run")
    file = tmp_path / "run.json"
    assert bench("compare", file, file).returncode == 0
