# SPDX-License-Identifier: BSD-2-Clause
"""Either process may die, stop or come back; what the other one owes the calls then."""

import signal
import time

import pytest

from lab.network import ALICE
from lab.relay import assert_books_are_closed, end

REFUSED = "E98"
WITHIN = 0.6


def offer(relay, call_id: str) -> str:
    return relay.control(f"U {call_id} {ALICE.ip} 4000 f")


def timed(function, *args) -> tuple[str, float]:
    started = time.monotonic()
    return function(*args), time.monotonic() - started


def until_offers_are_taken(relay, within: float) -> None:
    deadline = time.monotonic() + within
    attempt = 0
    while (answer := offer(relay, f"attempt{attempt}")) == REFUSED:
        assert time.monotonic() < deadline, f"still {REFUSED} after {within} s"
        attempt += 1
        time.sleep(0.01)  # Between two questions; the deadline decides.
    assert answer.endswith(" 198.18.0.1"), answer


def test_killed_control_plane_costs_no_packet(relay, phones):
    running = phones(calls=10, seconds=4, rate=1000, hold_open=True).until_up()
    relay.controlplane.kill()
    running.assert_clean()
    relay.start_controlplane()
    phones(calls=5, seconds=1, check_hangup=True).assert_clean()


def test_control_plane_killed_again_and_again_comes_back(relay, phones):
    for turn in range(5):
        offer(relay, f"turn{turn}")
        relay.controlplane.kill()
        relay.start_controlplane()
    phones(seconds=1).assert_clean()


def test_killed_data_plane_is_told_at_once_and_calls_work_after_its_restart(relay, phones):
    phones(seconds=1, hold_open=True).assert_clean()
    relay.dataplane.kill()
    answer, took = timed(offer, relay, "refused")
    assert answer == REFUSED and took < WITHIN
    assert relay.control("V") == "20040107"
    relay.start_dataplane()
    until_offers_are_taken(relay, within=3)
    phones(calls=5, seconds=1, first_port=30000, call_id="after", check_hangup=True).assert_clean()


def test_calls_go_on_when_the_data_plane_is_back(relay, phones):
    """Same UDP ports, last learned addresses; only the packets of the gap are lost."""
    running = phones(calls=5, seconds=6, rate=1000, nat=True).until_up()
    relay.dataplane.kill()
    relay.start_dataplane()
    result = running.result()
    assert result["errors"] == []
    for name, flow in result["flows"].items():
        assert flow["wrong_source"] + flow["wrong_content"] + flow["duplicated"] == 0, name
        assert flow["lost"] <= flow["sent"] / 3, (name, flow)


def test_stopped_data_plane_is_noticed(relay, phones):
    phones(seconds=1).assert_clean()
    relay.dataplane.signal(signal.SIGSTOP)
    try:
        answer, took = timed(offer, relay, "refused")
        assert answer == REFUSED and took < WITHIN
        assert relay.control("V") == "20040107"
        answer, took = timed(offer, relay, "refused-too")
        assert answer == REFUSED and took < WITHIN
    finally:
        relay.dataplane.signal(signal.SIGCONT)
    until_offers_are_taken(relay, within=3)
    phones(seconds=1, check_hangup=True).assert_clean()


def test_five_hundred_commands_at_once_are_all_answered(relay):
    connections = [relay.control.connect() for _ in range(500)]
    for number, connection in enumerate(connections):
        connection.sendall(f"U call{number} {ALICE.ip} {4000 + 2 * number} f\n".encode())
    answers = [connection.recv(1024).decode() for connection in connections]
    for connection in connections:
        connection.close()
    assert all(answer.endswith(" 198.18.0.1\n") for answer in answers), answers
    assert len(set(answers)) == 500


def test_idle_and_half_closed_connections_disturb_nobody(relay, phones):
    idle = [relay.control.connect() for _ in range(100)]
    for connection in idle[:50]:
        connection.shutdown(1)
    phones(calls=10, seconds=2, rate=1000).assert_clean()
    for connection in idle:
        connection.close()


def test_sigterm_ends_both_with_calls_up(relay, phones):
    phones(calls=20, seconds=30, rate=1000, hold_open=True).until_up()
    relay.stop()


def test_sigterm_ends_the_data_plane_first_too(relay, phones):
    phones(calls=20, seconds=30, rate=1000, hold_open=True).until_up()
    end(relay.dataplane)
    assert_books_are_closed(relay.dataplane)
    assert offer(relay, "refused") == REFUSED


@pytest.mark.relay(idle_timeout="2s")
class TestIdleTimeout:
    def call(self, relay, name: str) -> None:
        relay.control.endpoint(f"U {name} {ALICE.ip} 4000 f")
        relay.control.endpoint(f"L {name} {ALICE.ip} 5000 f t")

    def look_up(self, relay, name: str) -> str:
        """Refreshes the call's time-out, so each call can be looked up once."""
        return relay.control(f"L {name} {ALICE.ip} 5000 f t")

    def test_call_without_media_goes_after_the_time_out(self, relay):
        for name in ("early", "late"):
            self.call(relay, name)
        time.sleep(1.2)
        assert self.look_up(relay, "early") != "0"
        time.sleep(3)
        assert self.look_up(relay, "late") == "0"
        assert self.look_up(relay, "early") == "0"

    def test_call_with_media_one_way_stays(self, relay, phones):
        phones(seconds=6, callee_silent=True, no_rtcp=True, check_hangup=True).assert_clean()


@pytest.mark.parametrize("mtu", [1501, 9000])
def test_mtu_that_the_device_does_not_allow_is_refused_with_what_it_does(make_relay, mtu):
    with pytest.raises(AssertionError, match=f"mtu = {mtu} is more than its 1500 .exit 3."):
        make_relay(mtu=mtu).start_dataplane()
