# SPDX-License-Identifier: BSD-2-Clause
"""Calls talk while ten thousand other sessions come, and go at once. How fast that is, scripts/bench-control
measures; here no packet may be lost."""

import pytest

from lab.crowd import SESSIONS, Crowd, relay_settings
from lab.phones import Phones

CALLS = 20
IDLE_TIMEOUT = 3


@pytest.fixture
def crowded(make_relay, tmp_path):
    """A relay, and calls that talk through it."""
    runs = []

    def start(seconds: int, **settings):
        relay = make_relay(**relay_settings(tmp_path, **settings)).start()
        runs.append(Phones(relay.control, tmp_path, calls=CALLS, seconds=seconds, rate=1000))
        return Crowd(relay), runs[-1].until_up()

    yield start
    for run in runs:
        run.process.kill()


def test_ten_thousand_sessions_deleted_at_once_disturb_nobody(crowded):
    crowd, calls = crowded(seconds=8)
    crowd.come()
    assert crowd.active() == SESSIONS + CALLS
    crowd.leave_at_once()
    assert crowd.active() == CALLS
    calls.assert_clean()


def test_ten_thousand_sessions_that_expire_at_once_disturb_nobody(crowded):
    crowd, calls = crowded(seconds=IDLE_TIMEOUT + 8, idle_timeout=f"{IDLE_TIMEOUT}s")
    crowd.come()
    assert crowd.active() == SESSIONS + CALLS
    crowd.wait_until_gone(CALLS, within=IDLE_TIMEOUT + 4)
    calls.assert_clean()
