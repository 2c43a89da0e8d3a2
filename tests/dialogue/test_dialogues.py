# SPDX-License-Identifier: BSD-2-Clause
"""Replays recorded dialogues of the control protocol against both programs, started as rtpproxy was: here
those that need a service of their own.

    /usr/bin/python3 -m pytest tests/dialogue        (after building)
"""

import re
import time
from pathlib import Path

import built
import dialogues
import pytest
from processes import PROFILES, Service
from transports import TRANSPORTS

HERE = Path(__file__).parent
ALL = dialogues.read(HERE / "control.txt") + dialogues.read(HERE / "mediaplane.txt")
BUILT = sorted((d for d in ALL if d.is_built()), key=lambda d: d.profile)
# The others are replayed over all transports, see test_transports.py.
NEEDING_A_START = [dialogue for dialogue in BUILT if not dialogue.is_portable()]

VARIABLE = re.compile(r"<(P\d+|ttl)>")
EXIT_TIMEOUT = 10.0
FILES_TIMEOUT = 5.0


def make_files(directory: Path):
    """Directories to record to, and a prompt of a second in two codecs."""
    for name in ("rec", "spool"):
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
    """Compares replies with what was recorded; the same variable is the same UDP port, and another
    variable another port, or the same one on another address."""

    def __init__(self):
        self.values: dict[str, str] = {}
        self.places: set[str] = set()

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
        return found is not None and all(
            self.bind(name, value, reply) for name, value in zip(names, found.groups())
        )

    def bind(self, name: str, value: str, place: str) -> bool:
        if name == "ttl":
            return 0 < int(value) <= 60
        if name not in self.values:
            if place in self.places:
                return False
            self.values[name] = value
            self.places.add(place)
        return int(value) % 2 == 0 and self.values[name] == value


def replay(dialogue, transport, service, directory):
    matcher = Matcher()
    for step in dialogue.steps:
        step.sent = step.sent.replace(" PROMPT ", f" {directory}/PROMPT ")
        if step.signal:
            service.signal(step.signal)
            effect = built.SIGNALS[step.signal]
            service.wait_for_log(lambda line: effect in line)
            continue
        if step.expected == ["(cannot connect)"]:
            service.wait(EXIT_TIMEOUT)
        replies = transport.exchange(step)
        context = f"> {step.sent[:200]!r}: got {replies}, expected {step.expected}"
        assert len(replies) == len(step.expected), context
        assert all(map(matcher.matches, step.expected, replies)), context
        for name, files in step.files.items():
            wait_for_files(directory / name, files)


@pytest.mark.parametrize("dialogue", NEEDING_A_START, ids=lambda d: f"{d.profile}-{d.name}")
def test_dialogue(dialogue, tmp_path):
    make_files(tmp_path)
    transport = TRANSPORTS[dialogue.transport](tmp_path)
    service = Service(tmp_path, ["-s", transport.listen, *PROFILES[dialogue.profile]])
    try:
        replay(dialogue, transport, service, tmp_path)
    finally:
        transport.close()
        status = service.stop()
    assert status == (dialogue.exit_status or 0), "".join(service.log)


def test_something_is_built():
    assert len(NEEDING_A_START) >= 30
