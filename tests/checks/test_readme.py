# SPDX-License-Identifier: BSD-2-Clause
"""What the README says of the tree and of the programs is compared with both.

The walk through the code: each file that it names exists, and it names each stage of a packet, in
order. Commands: those of the `sh` blocks are run, as far as the rest of the test suite does not run
them; the options of the programs are known to the programs.

The picture is a fenced block that begins with a line `mediaplane/`. Below it each line names one
file or folder (a folder ends in '/') by its first word, indented beneath its parent; what follows
is its description. Every folder of the first two levels must stand in it, and nothing may stand in
it that does not exist.
"""

import os
import pathlib
import re
import shlex
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
README = ROOT / "README.md"
BUILD = pathlib.Path(os.environ.get("MEDIAPLANE_BUILD", ROOT / "build")).resolve()
FOLDERS = ("config", "controlplane", "dataplane", "log", "scripts", "tests")
STAGES = ROOT / "dataplane" / "pipeline" / "process.cc"

# Run by people and by the test suite itself, which they would start again.
RUN_ELSEWHERE = {"scripts/demo", "scripts/test", "scripts/setup", "meson", "ninja"}


def tracked():
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True)
    return listed.stdout.splitlines()


def folders_of(files):
    """Folders of the first and second level; those whose name begins with a dot are tools'."""
    folders = set()
    for file in files:
        parts = pathlib.PurePosixPath(file).parent.parts
        if parts and not parts[0].startswith("."):
            folders |= {parts[0], "/".join(parts[:2])}
    return folders


def tree_block(text):
    match = re.search(r"^```[a-z]*\nmediaplane/.*?\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    assert match, "README.md has no fenced block that begins with a line 'mediaplane/'"
    return match.group(1)


def entries_of(block):
    """The paths that a picture of a tree names; folders end in '/'."""
    entries, parents = [], []  # parents: (indentation, path) of the folders above.
    for line in block.splitlines():
        match = re.match(r"^[\s│├└─|`+-]*", line)
        depth, words = match.end(), line[match.end():].split()
        if not words:
            continue
        while parents and parents[-1][0] >= depth:
            parents.pop()
        path = (parents[-1][1] if parents else "") + words[0]
        entries.append(path)
        if path.endswith("/"):
            parents.append((depth, path))
    return entries


def test_entries_of_a_picture():
    block = "├── a/   first\n│   ├── b/  second\n│   └── c.h third\n└── d\n"
    assert entries_of(block) == ["a/", "a/b/", "a/c.h", "d"]
    assert entries_of("  a/  x\n    b/\n  d/\n    e.cc\n") == ["a/", "a/b/", "d/", "d/e.cc"]


def test_picture_names_every_folder():
    files = tracked()
    named = {entry.rstrip("/") for entry in entries_of(tree_block(README.read_text()))}
    assert folders_of(files) - named == set()


def test_picture_names_nothing_else():
    files = tracked()
    for entry in entries_of(tree_block(README.read_text())):
        exists = any(f == entry or (entry.endswith("/") and f.startswith(entry)) for f in files)
        assert exists, f"README.md names {entry}, which does not exist"


def paths_in(text):
    """Words in backticks and in `sh` blocks that look like a file or folder of the tree."""
    quoted = re.findall(r"`([^`\n]+)`", text) + commands_in(text)
    words = [word for part in quoted for word in part.split()]
    return {word for word in words if re.fullmatch(rf"({'|'.join(FOLDERS)})/[\w./-]+", word)}


def commands_in(text):
    """The lines of fenced `sh` blocks, without their comments."""
    blocks = re.findall(r"^```sh\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    lines = [" ".join(shlex.split(line, comments=True)) for b in blocks for line in b.splitlines()]
    return [line for line in lines if line]


def test_paths_and_commands_are_found():
    text = "See `config/a.toml` or\n`scripts/b --now`, not config/c.\n```sh\nx config/d  # why\n```\n"
    assert paths_in(text) == {"config/a.toml", "scripts/b", "config/d"}
    assert commands_in(text) == ["x config/d"]


@pytest.mark.parametrize("path", sorted(paths_in(README.read_text())))
def test_named_file_exists(path):
    assert any(f == path or f.startswith(path.rstrip("/") + "/") for f in tracked()), path


def test_walk_names_every_stage_in_order():
    """The stages are what process.cc calls: each a function in a header that it includes."""
    source, walk = STAGES.read_text(), README.read_text()
    headers = re.findall(r'#include "(dataplane/pipeline/(?!process)\w+)\.h"', source)
    calls = {h: source.index(re.sub("lookup", "look_up", h.rpartition("/")[2]) + "(") for h in headers}
    assert len(headers) >= 4
    places = [walk.find(f"`{header}.cc`") for header in sorted(calls, key=calls.get)]
    assert -1 not in places and places == sorted(places), places


@pytest.mark.parametrize("command", commands_in(README.read_text()))
def test_command_works(command):
    first, *rest = command.split()
    if first in RUN_ELSEWHERE:
        return
    assert first.startswith("build/"), f"{command}: say in RUN_ELSEWHERE who runs it"
    program = BUILD / first.removeprefix("build/")
    done = subprocess.run([program, *rest], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("name", ["dataplane", "controlplane"])
def test_options_are_known(name):
    program = BUILD / name / f"mediaplane-{name}"
    usage = subprocess.run([program, "--help"], capture_output=True, text=True, check=True).stdout
    lines = re.findall(rf"^(?:\S*/)?mediaplane-{name} (.*)$", README.read_text(), re.MULTILINE)
    assert lines
    for option in re.findall(r"(?<![\w-])--?[a-z][a-z-]*", " ".join(lines)):
        assert re.search(rf"(?<![\w-]){option}(?![\w-])", usage), f"{name} does not know {option}"
