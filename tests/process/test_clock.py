# SPDX-License-Identifier: BSD-2-Clause
"""Time: the wall clock may jump, and sessions end when they have been silent as long as configured."""

import os
import pathlib
import subprocess
import time

from lab.control import Endpoint
from lab.crowd import SESSIONS, Crowd, relay_settings
from lab.network import ALICE, BOB

SHIFTED_CLOCK = pathlib.Path(__file__).parent / "lab" / "shifted_clock.c"
HOUR = 3600
TEN_YEARS = 10 * 365 * 86400
IDLE_TIMEOUT = 3


class ShiftedClock:
    """For programs that start while it is preloaded: the wall clock, moved by so many seconds."""

    def __init__(self, folder: pathlib.Path):
        self.library = folder / "shifted_clock.so"
        self._shift = folder / "shift"
        subprocess.run(["cc", "-shared", "-fPIC", "-O1", f'-DSHIFT_FILE="{self._shift}"',
                        "-o", self.library, SHIFTED_CLOCK], check=True)
        self.move(0)

    def move(self, seconds: int) -> None:
        self._shift.write_text(str(seconds))

    def now(self) -> int:
        done = subprocess.run(["date", "+%s"], env={"LD_PRELOAD": str(self.library)},
                              capture_output=True, text=True, check=True)
        return int(done.stdout)


def test_steps_of_the_wall_clock_end_no_call_and_keep_none_for_ever(
        make_relay, phones_of, tmp_path, monkeypatch):
    clock = ShiftedClock(tmp_path)
    monkeypatch.setenv("LD_PRELOAD", str(clock.library))
    # AddressSanitizer wants to be the first library, and need not be before this one.
    monkeypatch.setenv("ASAN_OPTIONS",
                       os.environ.get("ASAN_OPTIONS", "") + ":verify_asan_link_order=0")
    relay = make_relay(idle_timeout=f"{IDLE_TIMEOUT}s").start()
    monkeypatch.delenv("LD_PRELOAD")
    active = Crowd(relay).active
    calls = phones_of(relay, calls=5, seconds=3 * (IDLE_TIMEOUT + 3), hold_open=True).until_up()
    for number, step in enumerate((HOUR, -HOUR, TEN_YEARS)):
        began = time.monotonic()
        relay.control.set_up(f"silent{number}", Endpoint(ALICE.ip, 4000), Endpoint(BOB.ip, 5000))
        clock.move(step)
        assert abs(clock.now() - time.time() - step) < 5
        while active() == 6:
            assert time.monotonic() - began < IDLE_TIMEOUT + 3, "kept for ever"
            time.sleep(0.05)
        assert time.monotonic() - began > IDLE_TIMEOUT - 1, "ended by a step"
    calls.assert_clean()


def test_time_outs_hold_to_a_second_with_ten_thousand_sessions(make_relay, tmp_path):
    relay = make_relay(**relay_settings(tmp_path, idle_timeout="6s")).start()
    crowd = Crowd(relay)
    began = time.monotonic()
    crowd.come()
    ended = time.monotonic()
    while (left := crowd.active()) == SESSIONS:
        time.sleep(0.02)
    first = time.monotonic()
    while left > 0:
        time.sleep(0.02)
        left = crowd.active()
    last = time.monotonic()
    assert first - began > 6 - 1
    assert last - ended < 6 + 2  # A sweep passes all of them in a second.
