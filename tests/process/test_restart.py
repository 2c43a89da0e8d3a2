# SPDX-License-Identifier: BSD-2-Clause
"""Restarts without loss: the control plane dies, or is ended, while calls run and commands come."""

import random
import signal
import time

import pytest
from lab.network import ALICE
from lab.relay import end
from lab.traffic import Traffic

KILLS = 20
CLIENTS = 4
PLANNED_RESTARTS = 5


def wait_for_sessions(relay, count: int) -> None:
    """Telemetry is brought up to date once a second."""
    deadline = time.monotonic() + 3
    while (active := relay.telemetry("/mediaplane/sessions")["active"]) != count:
        assert time.monotonic() < deadline, f"{active} sessions, not {count}"
        time.sleep(0.05)


@pytest.fixture
def handing_over(make_relay):
    return make_relay(hands_over=True).start()


@pytest.fixture
def relay(handing_over):
    """For the fixture `phones`."""
    return handing_over


def test_killed_twenty_times_while_calls_run_and_commands_come(relay, phones):
    running = phones(calls=10, seconds=20, rate=1000, hold_open=True, nat=True).until_up()
    traffic = Traffic(relay.control, CLIENTS)
    chance = random.Random(20)
    try:
        for turn in range(KILLS):
            time.sleep(chance.uniform(0.05, 0.4))  # At any moment.
            relay.controlplane.kill()
            if turn % 2:  # Again while it starts, attaches and takes over.
                relay.begin_controlplane()
                time.sleep(chance.uniform(0, 0.08))
                relay.controlplane.kill()
            relay.start_controlplane()
    finally:
        traffic.stop()
    assert traffic.total("refused") == 0
    assert traffic.total("unanswered") + traffic.total("late") <= 2 * KILLS * CLIENTS
    calls = traffic.assert_all_holds()
    running.assert_clean()
    wait_for_sessions(relay, calls + 10)
    print(f"{traffic.total('commands')} commands, {traffic.total('unanswered')} without an answer")


def test_planned_restarts_fail_no_command(relay, phones):
    running = phones(calls=5, seconds=8, rate=1000, hold_open=True).until_up()
    traffic = Traffic(relay.control, CLIENTS)
    try:
        for _ in range(PLANNED_RESTARTS):
            time.sleep(0.5)
            end(relay.controlplane)
            relay.start_controlplane()
    finally:
        traffic.stop()
    print(f"{traffic.total('commands') / traffic.seconds:.0f} commands a second")
    assert traffic.total("refused") == traffic.total("unanswered") == traffic.total("late") == 0
    wait_for_sessions(relay, traffic.assert_all_holds() + 5)
    running.assert_clean()


def test_commands_that_come_while_nobody_serves_are_served_by_the_next(relay):
    end(relay.controlplane)
    waiting = [relay.control.connect(timeout=20) for _ in range(4000)]
    for number, connection in enumerate(waiting):
        connection.sendall(f"U call{number} {ALICE.ip} 4000 f\n".encode())
    relay.start_controlplane()
    answers = [connection.recv(1024).decode() for connection in waiting]
    for connection in waiting:
        connection.close()
    assert all(answer.endswith(" 198.18.0.1\n") for answer in answers)
    assert len(set(answers)) == len(answers)


def test_stopped_control_plane_harms_no_media_and_goes_on(relay, phones):
    running = phones(calls=5, seconds=4, rate=1000, hold_open=True).until_up()
    relay.controlplane.signal(signal.SIGSTOP)
    waiting = relay.control.connect(timeout=10)
    waiting.sendall(f"U waiting {ALICE.ip} 4000 f\n".encode())
    running.assert_clean()
    relay.controlplane.signal(signal.SIGCONT)
    assert waiting.recv(100).decode().endswith(" 198.18.0.1\n")
    waiting.close()


def test_second_control_plane_waits_until_the_first_is_gone(relay, phones):
    phones(calls=3, seconds=1, rate=1000, hold_open=True).assert_clean()
    first = relay.controlplane
    first.signal(signal.SIGSTOP)
    second = relay.begin_controlplane()
    second.wait_for_line("it refuses: another control plane is attached")
    first.kill()
    second.wait_for_line(r"3 sessions taken over from the data plane, 0 not")
    second.wait_for_line(r"ready$")
    wait_for_sessions(relay, 3)


def test_both_killed_begin_anew(relay, phones):
    phones(seconds=1, hold_open=True).assert_clean()
    relay.kill_both()
    relay.start()
    wait_for_sessions(relay, 0)
    phones(seconds=1, check_hangup=True, call_id="after").assert_clean()
