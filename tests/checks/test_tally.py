# SPDX-License-Identifier: BSD-2-Clause
"""The count that scripts/test ends with must never be kinder than what happened."""

import pathlib
import subprocess

TALLY = pathlib.Path(__file__).resolve().parent / "tally.py"

MIXED = """<testsuites><testsuite><testcase classname="A" name="right"/>
<testcase classname="A" name="wrong"><failure message="1 is not 2"/></testcase>
<testcase classname="A" name="broken"><error>no memory</error></testcase>
<testcase classname="A" name="left"><skipped message="no NIC"/></testcase>
<testcase classname="A" name="off" status="notrun"/></testsuite></testsuites>"""
RIGHT = '<testsuite><testcase name="one"/><testcase name="two"/></testsuite>'


def tally(directory, *broken):
    done = subprocess.run(["/usr/bin/python3", TALLY, directory, *broken], capture_output=True,
                          text=True, check=False)
    lines = done.stdout.splitlines()
    return done.returncode, lines[-1], lines[:-1]


def test_counts_over_all_files(tmp_path):
    (tmp_path / "unit.xml").write_text(MIXED)
    (tmp_path / "checks.xml").write_text(RIGHT)
    status, last, notes = tally(tmp_path)
    assert (status, last) == (1, "3 passed, 2 failed, 2 skipped")
    assert "failed: unit: A.wrong: 1 is not 2" in notes
    assert "skipped: unit: A.left: no NIC" in notes


def test_all_right(tmp_path):
    (tmp_path / "unit.xml").write_text(RIGHT)
    assert tally(tmp_path)[:2] == (0, "2 passed, 0 failed, 0 skipped")


def test_nothing_is_no_success(tmp_path):
    assert tally(tmp_path)[:2] == (1, "0 passed, 0 failed, 0 skipped")


def test_a_broken_stage_counts_once(tmp_path):
    (tmp_path / "unit.xml").write_text(MIXED)
    (tmp_path / "checks.xml").write_text(RIGHT)
    assert tally(tmp_path, "checks")[:2] == (1, "3 passed, 3 failed, 2 skipped")
    assert tally(tmp_path, "unit")[:2] == (1, "3 passed, 2 failed, 2 skipped")
    assert tally(tmp_path, "build")[:2] == (1, "3 passed, 3 failed, 2 skipped")
