# SPDX-License-Identifier: BSD-2-Clause
"""Calls set up by real SIP software: SIPp through Debian's Kamailio, their media compared packet by
packet at both ends."""

from lab.calls import assert_media_is_complete, assert_way_is_complete, sessions
from lab.media import ON_HOLD
from lab.network import PROXY, RELAY

UDP_CONTROL = "udp:127.0.0.1:22222"
OVER_UDP = {"control": UDP_CONTROL,
            "relay": {"controlplane_at": PROXY, "more_sockets": f', "{UDP_CONTROL}"'}}


def test_fifty_calls_controlled_over_a_unix_socket(start_calls):
    calls = start_calls(calls=50)
    calls.begin("caller", "callee", calls=50)
    calls.finish()
    assert_media_is_complete(calls.media, calls=50, from_caller=150)
    assert sessions(calls.relay) == (50, 0)


def test_fifty_calls_controlled_over_udp(start_calls):
    calls = start_calls(calls=50, **OVER_UDP)
    calls.begin("caller", "callee", calls=50)
    calls.finish()
    assert_media_is_complete(calls.media, calls=50, from_caller=150)
    assert sessions(calls.relay) == (50, 0)


def test_callers_that_send_from_another_port_than_they_signal(start_calls):
    calls = start_calls(calls=10, nat=True, callee_waits=True)
    calls.begin("caller", "callee", calls=10)
    calls.finish()
    assert_media_is_complete(calls.media, calls=10, from_caller=150)
    assert sessions(calls.relay) == (10, 0)


def test_callers_hold_and_resume(start_calls):
    calls = start_calls(calls=5, media_flags="cor")
    calls.begin("caller-holds", "callee-is-held", calls=5)
    calls.finish()
    assert_media_is_complete(calls.media, calls=5, from_caller=5 * 40, from_callee=3 * 40)
    for _, callee in calls.media.calls():
        assert [relay.ip for relay in callee.relays] == [RELAY.ip] * 3 + [ON_HOLD, RELAY.ip]
    assert sessions(calls.relay) == (5, 0)


def test_callees_hold_resume_and_hang_up(start_calls):
    calls = start_calls(calls=5)
    calls.begin("caller-is-held", "callee-holds", calls=5)
    calls.finish()
    assert_media_is_complete(calls.media, calls=5, from_caller=2 * 40, from_callee=3 * 40)
    assert sessions(calls.relay) == (5, 0)


def test_callers_that_move_their_media_to_another_port(start_calls):
    """A worker passes a new source's packets from when the housekeeper has taken it, so that the
    first one may be lost. The other way nothing is."""
    calls = start_calls(calls=5)
    calls.begin("caller-moves", "callee-follows", calls=5)
    calls.finish()
    for caller, callee in calls.media.calls():
        assert_way_is_complete(callee, caller, 2 * 40)
        assert_way_is_complete(caller, callee, 2 * 40, may_lose_rtp=[40], may_lose_rtcp=[2])
    assert sessions(calls.relay) == (5, 0)


def test_proxy_that_is_restarted_during_calls(start_calls):
    """In its process namespace it has the same process ids again, hence the same cookies."""
    calls = start_calls(calls=10, **OVER_UDP)
    calls.begin("caller", "callee", calls=10, rate=100)
    parties = calls.media.parties.values()
    calls.media.run_until(lambda: all(party.is_talking() for party in parties), timeout=5)
    calls.restart_proxy()
    calls.finish()
    assert_media_is_complete(calls.media, calls=10, from_caller=150)
    assert sessions(calls.relay) == (10, 0)


def test_callers_give_up_while_it_rings(start_calls):
    calls = start_calls(calls=10)
    calls.begin("caller-cancels", "callee-is-cancelled", calls=10)
    calls.finish()
    assert sessions(calls.relay) == (10, 0)


def test_busy_after_early_media(start_calls):
    calls = start_calls(calls=10, callee_waits=True)
    calls.begin("caller-hears-busy", "callee-is-busy", calls=10)
    calls.finish()
    assert_media_is_complete(calls.media, calls=10, from_caller=50)
    assert sessions(calls.relay) == (10, 0)


def test_calls_that_fall_silent_without_bye_time_out(start_calls):
    calls = start_calls(calls=5, relay={"idle_timeout": "3s"})
    calls.begin("caller-vanishes", "callee-vanishes", calls=5)
    calls.finish()
    assert_media_is_complete(calls.media, calls=5, from_caller=50)
    assert sessions(calls.relay) == (5, 5)
    calls.media.run_until(lambda: sessions(calls.relay) == (5, 0), timeout=6)
    for caller, callee in calls.media.calls():
        for party in (caller, callee):
            calls.media.talk(party, 1)
    calls.media.run_until_quiet()
    assert {len(party.rtp.heard) for pair in calls.media.calls() for party in pair} == {50}


def test_calls_that_pass_the_relay_twice(start_calls):
    calls = start_calls(calls=10, media_flags="corbf", spiral=True)
    calls.begin("caller", "callee", calls=10)
    calls.finish()
    assert_media_is_complete(calls.media, calls=10, from_caller=150)
    assert sessions(calls.relay) == (20, 0)
