# SPDX-License-Identifier: BSD-2-Clause
"""The README's picture of the tree is compared with the tree.

The picture is a fenced block that begins with a line `mediaplane/`. Below it each line names one
file or folder (a folder ends in '/') by its first word, indented beneath its parent; what follows
is its description. Every folder of the first two levels must stand in it, and nothing may stand in
it that does not exist.
"""

import pathlib
import re
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
README = ROOT / "README.md"


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
