# SPDX-License-Identifier: BSD-2-Clause
"""Disks that refuse, fail, are slow or vanish: recordings suffer, by name, and media never."""

import errno
import os
import pathlib
import re
import subprocess
import time

import pytest

from lab.parties import ad_hoc_records, has_ended, recording_relay, set_up, talk, wait_for

FAILING_DISK = pathlib.Path(__file__).parent / "lab" / "failing_disk.c"
NOT_RECORDED = "E"


class Disk:
    """That of a control plane which starts while it is preloaded."""

    def __init__(self, folder: pathlib.Path):
        self.library = folder / "failing_disk.so"
        self._failure = folder / "failure"
        subprocess.run(["cc", "-shared", "-fPIC", "-O1", f'-DFAILURE_FILE="{self._failure}"',
                        "-o", self.library, FAILING_DISK], check=True)
        self.work()

    def _say(self, number: int) -> None:
        self._failure.with_suffix(".new").write_text(str(number))
        self._failure.with_suffix(".new").rename(self._failure)

    def work(self) -> None:
        self._say(0)

    def fail(self, number: int) -> None:
        self._say(number)

    def be_slow(self, milliseconds: int) -> None:
        self._say(-milliseconds)


@pytest.fixture
def disk(tmp_path, monkeypatch):
    disk = Disk(tmp_path)
    monkeypatch.setenv("LD_PRELOAD", str(disk.library))
    # AddressSanitizer wants to be the first library, and need not be before this one.
    monkeypatch.setenv("ASAN_OPTIONS",
                       os.environ.get("ASAN_OPTIONS", "") + ":verify_asan_link_order=0")
    return disk


@pytest.fixture
def read_only(tmp_path):
    """Makes the directory of recordings read-only, and writable again."""
    directory = tmp_path / "rec"

    def make(is_read_only: bool) -> None:
        mode = "ro" if is_read_only else "rw"
        subprocess.run(["mount", "-o", f"remount,{mode}", directory], check=True)
    directory.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "none", directory], check=True)
    yield make
    subprocess.run(["umount", "--lazy", directory], check=True)


def says(relay, pattern: str) -> list:
    return re.findall(pattern, relay.controlplane.output)


def counts(relay, name: str) -> tuple[int, int]:
    """Packets recorded and lost, from the line at the end of a recording."""
    (recorded, lost), = says(relay, rf"recording {re.escape(name)} ended: (\d+) packets, (\d+) lost")
    return int(recorded), int(lost)


def bodies(path) -> list[bytes]:
    return [body for _, _, body in ad_hoc_records(path)]


def test_a_disk_that_fails_costs_what_it_did_not_take_and_no_media(disk, make_relay, parties,
                                                                   tmp_path):
    relay = recording_relay(make_relay, tmp_path, "rtcp = false")
    call = set_up(relay)
    assert relay.control("R media f t") == "0"
    written = tmp_path / "rec" / "media=f.o.rtp"
    before, _, _ = talk(parties, call, 30)
    wait_for(lambda: len(bodies(written)) == 30)  # Once a second at least.
    disk.fail(errno.EIO)
    for _ in range(4):
        talk(parties, call, 40)
    wait_for(lambda: says(relay, r"recording media=f\.o\.rtp loses packets: Input/output error"))
    time.sleep(1.1)  # What is still gathered is lost as well.
    disk.work()
    after, _, _ = talk(parties, call, 30)
    relay.control.hang_up(call)
    wait_for(has_ended(relay, 1))
    assert bodies(written) == before + after
    assert counts(relay, "media=f.o.rtp") == (60, 160)
    assert len(says(relay, "loses packets")) == 1
    again = set_up(relay, "again")
    assert relay.control("R again f t") == "0"
    said, _, _ = talk(parties, again, 30)
    relay.control.hang_up(again)
    wait_for(has_ended(relay, 2))
    assert bodies(tmp_path / "rec" / "again=f.o.rtp") == said


def test_a_slow_disk_delays_neither_media_nor_commands(disk, make_relay, parties, tmp_path):
    relay = recording_relay(make_relay, tmp_path, "rtcp = false", "all = true")
    call = set_up(relay)
    disk.be_slow(100)
    slowest, said = 0.0, []
    for _ in range(20):
        said += talk(parties, call, 50)[0]
        asked = time.monotonic()
        assert not relay.control("Q media f t").startswith("E")
        slowest = max(slowest, time.monotonic() - asked)
    assert slowest < 0.1
    relay.control.hang_up(call)
    wait_for(has_ended(relay, 2))
    assert bodies(tmp_path / "rec" / "media=f.o.rtp") == said
    assert counts(relay, "media=f.o.rtp") == (1000, 0)


def test_a_read_only_directory_refuses_recordings_and_takes_them_again(read_only, make_relay,
                                                                       parties, tmp_path):
    lines = f'[recording]\ndirectory = "{tmp_path}/rec"\nrtcp = false'
    relay = make_relay(more_media=lines).start()
    call = set_up(relay)
    read_only(True)
    assert relay.control("R media f t").startswith(NOT_RECORDED)
    relay.controlplane.wait_for_line(
        r"recording media=f\.o\.rtp cannot be made: Read-only file system")
    talk(parties, call, 30)
    read_only(False)
    assert relay.control("R media f t") == "0"
    said, _, _ = talk(parties, call, 30)
    relay.control.hang_up(call)
    wait_for(has_ended(relay, 1))
    assert bodies(tmp_path / "rec" / "media=f.o.rtp") == said


@pytest.mark.parametrize("what", ["spool", "rec"])
def test_a_directory_that_vanishes_while_recording_harms_no_media(make_relay, parties, tmp_path,
                                                                  what):
    (tmp_path / "spool").mkdir()
    relay = recording_relay(make_relay, tmp_path, "rtcp = false",
                            f'spool_directory = "{tmp_path}/spool"')
    call = set_up(relay)
    assert relay.control("R media f t") == "0"
    before, _, _ = talk(parties, call, 30)
    os.rename(tmp_path / what, tmp_path / "elsewhere")
    after, _, _ = talk(parties, call, 30)
    if what == "spool":
        assert relay.control("R media t f").startswith(NOT_RECORDED)
        relay.controlplane.wait_for_line(
            r"recording media=f\.a\.rtp cannot be made: No such file or directory")
    relay.control.hang_up(call)
    wait_for(has_ended(relay, 1))
    # It is complete, where it was.
    grown = tmp_path / ("elsewhere" if what == "spool" else "spool") / "media=f.o.rtp"
    assert bodies(grown) == before + after
    assert len(says(relay, r"media=f\.o\.rtp stays in the spool: No such file")) == 1
    (tmp_path / what).mkdir()
    again = set_up(relay, "again")
    assert relay.control("R again f t") == "0"
    said, _, _ = talk(parties, again, 30)
    relay.control.hang_up(again)
    wait_for(has_ended(relay, 2))
    assert bodies(tmp_path / "rec" / "again=f.o.rtp") == said
