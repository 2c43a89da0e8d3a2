# SPDX-License-Identifier: BSD-2-Clause
"""Counts test cases over JUnit files: tally.py DIRECTORY [BROKEN_STAGE...]

Prints every failure and every skip with its reason, and last "N passed, N failed, N skipped". A
stage that ended badly without a failed case in its own file counts as one failure: a crash must
not pass for silence.
"""

import pathlib
import sys
import xml.etree.ElementTree

MAX_REASON = 200


def name_of(case):
    return ".".join(filter(None, (case.get("classname"), case.get("name"))))


def reason_of(element):
    text = element.get("message") or element.text or "no reason given"
    return " ".join(text.split())[:MAX_REASON]


def verdict_of(case):
    """passed, failed or skipped, and the reason."""
    for tag in ("failure", "error"):
        element = case.find(tag)
        if element is not None:
            return "failed", reason_of(element)
    element = case.find("skipped")
    if element is not None:
        return "skipped", reason_of(element)
    if case.get("status") == "notrun" or case.get("result") in ("skipped", "suppressed"):
        return "skipped", "not run"
    return "passed", ""


def main(directory, broken):
    counts = {"passed": 0, "failed": 0, "skipped": 0}
    failed_stages = set()
    notes = []
    for file in sorted(pathlib.Path(directory).glob("*.xml")):
        for case in xml.etree.ElementTree.parse(file).getroot().iter("testcase"):
            verdict, reason = verdict_of(case)
            counts[verdict] += 1
            if verdict != "passed":
                notes.append(f"{verdict}: {file.stem}: {name_of(case)}: {reason}")
            if verdict == "failed":
                failed_stages.add(file.stem)
    for stage in broken:
        if stage not in failed_stages:
            counts["failed"] += 1
            notes.append(f"failed: {stage}: ended badly, see above")
    print()
    for note in notes:
        print(note)
    if not any(counts.values()):
        print("nothing was run")
    print("{passed} passed, {failed} failed, {skipped} skipped".format(**counts))
    return 0 if counts["passed"] and not counts["failed"] else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
