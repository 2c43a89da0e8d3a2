# SPDX-License-Identifier: BSD-2-Clause
"""Reads files of recorded dialogues: a heading, then what is sent (>) and what comes back (<)."""

import re
from dataclasses import dataclass, field
from pathlib import Path

import built

HEADING = re.compile(r"## (\S+) level=(\S+) profile=(\S+) transport=(\S+)$")
SENT = re.compile(r"> ?(.*?)(?: \((raw|batch|chunks|no newline yet)\))?$")
FILES = re.compile(r"# (rec|spool) dir: (.*)$")
REPEATED = re.compile(r"\{(.+?)\*(\d+)\}")


@dataclass
class Step:
    """Something sent, or a signal, and the lines that must come back."""

    sent: str
    how: str = ""
    signal: str = ""
    expected: list[str] = field(default_factory=list)
    # What stands in a directory afterwards: "rec" or "spool" -> names with sizes, `name(0)`.
    files: dict[str, set[str]] = field(default_factory=dict)


@dataclass
class Dialogue:
    name: str
    profile: str
    transport: str
    steps: list[Step] = field(default_factory=list)
    exit_status: int | None = None

    def is_built(self) -> bool:
        return (
            self.profile in built.PROFILES
            and self.transport in built.TRANSPORTS
            and all(self.is_step_built(step) for step in self.steps)
        )

    def is_portable(self) -> bool:
        """Nothing in it is about its transport, or about a service that has just been started."""
        return (
            self.transport == "unix"
            and self.profile in built.LASTING_PROFILES
            and all(step.sent and not step.how and not step.signal for step in self.steps)
            and not any(reply.startswith("(") for step in self.steps for reply in step.expected)
            and not any(step.sent[0] in "Ii" for step in self.steps)
        )

    def is_step_built(self, step: Step) -> bool:
        if step.signal:
            return step.signal in built.SIGNALS
        text = step.sent.partition(" ")[2] if self.transport.startswith("udp") else step.sent
        return all(built.is_built(line) for line in text.replace(" | ", "").split("\n"))


def unescaped(text: str, how: str) -> str:
    text = REPEATED.sub(lambda match: match[1] * int(match[2]), text)
    return text.replace("\\n", "\n") if how else text


def with_built_capabilities(dialogue: Dialogue) -> Dialogue:
    """VF tells the truth about mediaplane, not about the recorded program."""
    for step in dialogue.steps:
        words = step.sent.upper().split()
        is_question = len(words) == 2 and words[0] == "VF"
        if is_question and step.expected == ["1"] and words[1] not in built.CAPABILITIES:
            step.expected = ["0"]
    return dialogue


def read(path: Path) -> list[Dialogue]:
    dialogues: list[Dialogue] = []
    for line in path.read_text().splitlines():
        if heading := HEADING.match(line):
            name, _, profile, transport = heading.groups()
            dialogues.append(Dialogue(name, profile, transport))
        elif line.startswith(">"):
            text, how = SENT.match(line).groups()
            dialogues[-1].steps.append(Step(unescaped(text, how), how or ""))
        elif line.startswith("# sent "):
            dialogues[-1].steps.append(Step("", signal=line.removeprefix("# sent ")))
        elif files := FILES.match(line):
            if dialogues[-1].name not in built.OTHER_FILES:
                dialogues[-1].steps[-1].files[files[1]] = set(files[2].split()) - {"(empty)"}
        elif line.startswith("<"):
            dialogues[-1].steps[-1].expected.append(unescaped(line[2:], ""))
        elif gone := re.match(r"! server gone \(status (\d+)\)", line):
            dialogues[-1].exit_status = int(gone[1])
    return [with_built_capabilities(dialogue) for dialogue in dialogues]
