# SPDX-License-Identifier: BSD-2-Clause
"""Replays recorded dialogues of the control protocol against both programs, started for each as
rtpproxy was.

    /usr/bin/python3 -m pytest tests/dialogue        (after building)
"""

import re
from pathlib import Path

import built
import dialogues
import pytest
from processes import PROFILES, Service
from transports import TRANSPORTS

HERE = Path(__file__).parent
ALL = dialogues.read(HERE / "control.txt") + dialogues.read(HERE / "mediaplane.txt")
BUILT = sorted((d for d in ALL if d.is_built()), key=lambda d: d.profile)

VARIABLE = re.compile(r"<(P\d+|ttl)>")
EXIT_TIMEOUT = 10.0


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


def replay(dialogue, transport, service):
    matcher = Matcher()
    for step in dialogue.steps:
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


@pytest.mark.parametrize("dialogue", BUILT, ids=lambda d: f"{d.profile}-{d.name}")
def test_dialogue(dialogue, tmp_path):
    transport = TRANSPORTS[dialogue.transport](tmp_path)
    service = Service(tmp_path, ["-s", transport.listen, *PROFILES[dialogue.profile]])
    try:
        replay(dialogue, transport, service)
    finally:
        transport.close()
        status = service.stop()
    assert status == (dialogue.exit_status or 0), "".join(service.log)


def test_something_is_built():
    assert len(BUILT) >= 40
