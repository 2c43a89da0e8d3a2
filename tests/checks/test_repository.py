# SPDX-License-Identifier: BSD-2-Clause
"""What holds for every file of the repository."""

import pathlib
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
MAX_LINES = 350


def run(*command):
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout}{done.stderr}"


def tracked(*patterns):
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", *patterns],
        cwd=ROOT, capture_output=True, text=True, check=True)
    return [ROOT / line for line in listed.stdout.splitlines() if (ROOT / line).is_file()]


def scripts():
    return [file for file in tracked("scripts", ".ci", "*.sh") if file.read_bytes()[:2] == b"#!"]


def test_floors():
    run("scripts/floors")


def test_formatted():
    run("scripts/format", "--check")


def test_headers_compile_alone():
    run("scripts/headers")


def test_source_files_name_their_licence():
    for file in [*tracked("*.cc", "*.h", "*.py"), *scripts()]:
        head = file.read_text().splitlines()[:2]
        assert any("SPDX-License-Identifier: BSD-2-Clause" in line for line in head), file


def test_source_files_hold_one_idea():
    for file in tracked("config", "log", "controlplane", "dataplane", "scripts"):
        lines = len(file.read_text().splitlines())
        assert lines <= MAX_LINES, f"{file} has {lines} lines"


def test_no_macros_of_our_own():
    for file in tracked("*.cc", "*.h"):
        for number, line in enumerate(file.read_text().splitlines(), 1):
            assert not line.lstrip().startswith("#define"), f"{file}:{number}: {line}"


@pytest.mark.parametrize("script", scripts(), ids=lambda path: path.relative_to(ROOT).as_posix())
def test_script_is_executable_and_parses(script):
    assert script.stat().st_mode & 0o111, f"{script} is not executable"
    first = script.read_text().splitlines()[0]
    if first.endswith(("/sh", "bash")):
        run("bash" if first.endswith("bash") else "sh", "-n", str(script))
    else:
        compile(script.read_text(), str(script), "exec")
