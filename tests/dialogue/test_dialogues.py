# SPDX-License-Identifier: BSD-2-Clause
"""Replays recorded dialogues of the control protocol against the real programs.

    /usr/bin/python3 -m pytest tests/dialogue        (after building)

One data plane serves all dialogues of a profile; each dialogue has a fresh control plane."""

import re
import shutil
import time
from pathlib import Path

import built
import dialogues
import pytest
from processes import CONFIGURATION, PROFILES, Process
from transports import TRANSPORTS

HERE = Path(__file__).parent
ALL = dialogues.read(HERE / "control.txt") + dialogues.read(HERE / "mediaplane.txt")
BUILT = sorted((d for d in ALL if d.is_built()), key=lambda d: d.profile)

VARIABLE = re.compile(r"<(P\d+|ttl)>")
EXIT_TIMEOUT = 10.0
FILES_TIMEOUT = 5.0


@pytest.fixture(scope="session")
def dataplanes(tmp_path_factory):
    """Starts a profile's data plane on first use: profile -> its directory."""
    running: dict[str, tuple[Path, Process]] = {}

    def directory_of(profile: str) -> Path:
        if profile not in running:
            directory = tmp_path_factory.mktemp(profile)
            path = write_configuration(directory, profile, '"unix:/nowhere/control.sock"')
            make_files(directory)
            running[profile] = (directory, Process("dataplane", path))
        return running[profile][0]

    yield directory_of
    assert [process.stop() for _, process in running.values()] == [0] * len(running)


def write_configuration(directory: Path, profile: str, listen: str) -> Path:
    path = directory / "mediaplane.toml"
    media = PROFILES[profile].replace("DIRECTORY", str(directory))
    path.write_text(CONFIGURATION.format(directory=directory, listen=listen, media=media))
    return path


def make_files(directory: Path):
    """Empty directories to record to, and a prompt of a second in two codecs."""
    for name in ("rec", "spool"):
        shutil.rmtree(directory / name, ignore_errors=True)
        (directory / name).mkdir()
    for payload_type, silence in ((0, b"\xff"), (8, b"\xd5")):
        (directory / f"PROMPT.{payload_type}").write_bytes(silence * 8000)


def files_in(directory: Path) -> set[str]:
    return {f"{path.name}({path.stat().st_size})" for path in directory.iterdir()}


def wait_for_files(directory: Path, expected: set[str]):
    """A recording that has ended reaches its place a moment after the reply."""
    deadline = time.monotonic() + FILES_TIMEOUT
    while (found := files_in(directory)) != expected:
        assert time.monotonic() < deadline, f"{directory}: {found}, expected {expected}"
        time.sleep(0.01)


class Matcher:
    """Compares replies with what was recorded; the same variable is the same UDP port."""

    def __init__(self):
        self.values: dict[str, str] = {}

    def matches(self, expected: str, reply: str) -> bool:
        pattern, names = "", []
        parts = VARIABLE.split(expected)
        for i, part in enumerate(parts):
            if i % 2 == 0:
                pattern += re.escape(part)
            else:
                pattern += r"(\d+)"
                names.append(part)
        found = re.fullmatch(pattern, reply)
        return found is not None and all(map(self.bind, names, found.groups()))

    def bind(self, name: str, value: str) -> bool:
        if name == "ttl":
            return 0 < int(value) <= 60
        is_new = name not in self.values
        if is_new and value in self.values.values():
            return False
        return int(value) % 2 == 0 and self.values.setdefault(name, value) == value


def replay(dialogue, transport, controlplane, directory):
    matcher = Matcher()
    for step in dialogue.steps:
        step.sent = step.sent.replace(" PROMPT ", f" {directory}/PROMPT ")
        if step.signal:
            controlplane.signal(step.signal)
            effect = built.SIGNALS[step.signal]
            controlplane.wait_for_log(lambda line: effect in line)
            continue
        if step.expected == ["(cannot connect)"]:
            controlplane.wait(EXIT_TIMEOUT)
        replies = transport.exchange(step)
        context = f"> {step.sent[:200]!r}: got {replies}, expected {step.expected}"
        assert len(replies) == len(step.expected), context
        assert all(map(matcher.matches, step.expected, replies)), context
        for name, files in step.files.items():
            wait_for_files(directory / name, files)


@pytest.mark.parametrize("dialogue", BUILT, ids=lambda d: f"{d.profile}-{d.name}")
def test_dialogue(dialogue, dataplanes):
    directory = dataplanes(dialogue.profile)
    make_files(directory)
    transport = TRANSPORTS[dialogue.transport](directory)
    path = write_configuration(directory, dialogue.profile, f'"{transport.listen}"')
    controlplane = Process("controlplane", path)
    try:
        replay(dialogue, transport, controlplane, directory)
    finally:
        transport.close()
        status = controlplane.stop()
    assert status == (dialogue.exit_status or 0), "".join(controlplane.log)


def test_something_is_built():
    assert len(BUILT) >= 40
