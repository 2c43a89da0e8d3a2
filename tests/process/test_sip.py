# SPDX-License-Identifier: BSD-2-Clause
"""Calls set up by real SIP software: SIPp through Debian's Kamailio, their media compared packet by
packet at both ends."""

import math
import re

import pytest

from lab import sip
from lab.control import Endpoint
from lab.media import ON_HOLD, RTP_FOR_ONE_RTCP, Media, Party, Stream
from lab.network import ALICE, BOB, PROXY, RELAY

UDP_CONTROL = "udp:127.0.0.1:22222"
OVER_UDP = {"control": UDP_CONTROL,
            "relay": {"controlplane_at": PROXY, "more_sockets": f', "{UDP_CONTROL}"'}}


class Calls:
    """Callers and callees of one test, the proxy between them, and their media."""

    def __init__(self, relay, folder, media: Media, control: str | None = None,
                 media_flags: str = "co", spiral: bool = False):
        self.relay, self.folder, self.media = relay, folder, media
        self._kamailio = (control or f"unix:{relay.control.path}", folder, media_flags, spiral)
        self.kamailio = sip.Kamailio(*self._kamailio)
        self._running: list[sip.Sipp] = []

    def begin(self, caller: str, callee: str, calls: int, rate: int = 10) -> None:
        for host, start in ((BOB, lambda: sip.callee(callee, self.folder, calls)),
                            (ALICE, lambda: sip.caller(caller, self.folder, calls, rate))):
            self._running.append(start())
            self.media.obey(host, self._running[-1].events)

    def finish(self, timeout: float = 12) -> None:
        """To the end of all calls: each of them succeeded."""
        try:
            self.media.run_until(self._has_finished, timeout)
        except AssertionError as error:
            raise AssertionError("\n\n".join([str(error), self.kamailio.process.output,
                                              *(run.report() for run in self._running)]))
        self.media.run_until_quiet()
        for run in self._running:
            run.assert_success()

    def _has_finished(self) -> bool:
        statuses = [run.process.popen.poll() for run in self._running]
        return None not in statuses or any(statuses)

    def restart_proxy(self) -> None:
        self.kamailio.process.kill()
        self.kamailio = sip.Kamailio(*self._kamailio)

    def close(self) -> None:
        for run in self._running:
            run.process.kill()
        self.kamailio.process.kill()
        self.media.close()


@pytest.fixture
def start(make_relay, tmp_path):
    """Starts relay, proxy and media agent."""
    started = []

    def begin(calls: int, nat: bool = False, callee_waits: bool = False,
              relay: dict | None = None, **options) -> Calls:
        media = Media(calls, nat, callee_waits)
        started.append(Calls(make_relay(**(relay or {})).start(), tmp_path, media, **options))
        return started[-1]

    yield begin
    for calls in started:
        calls.close()


def sessions(relay) -> tuple[int, int]:
    """How many were created, and how many there are."""
    report = relay.control("I")
    return tuple(int(re.search(rf"^{name}: (\d+)$", report, re.MULTILINE)[1])
                 for name in ("sessions created", "active sessions"))


def payloads(packets: list[tuple[bytes, Endpoint]]) -> list[bytes]:
    return [payload for payload, _ in packets]


def assert_complete(sender: Stream, hearer: Stream, relay: Endpoint, may_be_lost=()) -> None:
    """Heard is what was sent, byte by byte and in order, all of it from the relay's endpoint.
    `may_be_lost` are numbers of packets."""
    sent, heard = payloads(sender.sent), payloads(hearer.heard)
    arrived = set(heard)
    expected = [payload for number, payload in enumerate(sent)
                if payload in arrived or number not in may_be_lost]
    assert heard == expected, (
        f"{sender.name} to {hearer.name}: sent {len(sent)}, heard {len(heard)}, not heard: "
        f"{[number for number, payload in enumerate(sent) if payload not in arrived]}, not sent: "
        f"{len(arrived.difference(sent))}")
    assert {source for _, source in hearer.heard} == {relay}


def assert_way_is_complete(sender: Party, hearer: Party, packets: int, may_lose_rtp=(),
                           may_lose_rtcp=()) -> None:
    """RTP and RTCP from one party to the other, who was told nothing but the relay's endpoint."""
    assert len(sender.rtp.sent) == packets
    assert len(sender.rtcp.sent) == math.ceil(packets / RTP_FOR_ONE_RTCP)
    assert {relay.ip for relay in hearer.relays} <= {RELAY.ip, ON_HOLD}
    assert len({relay.port for relay in hearer.relays}) == 1
    assert_complete(sender.rtp, hearer.rtp, hearer.relay, may_lose_rtp)
    assert_complete(sender.rtcp, hearer.rtcp, hearer.relay.rtcp, may_lose_rtcp)


def assert_media_is_complete(media: Media, calls: int, from_caller: int,
                             from_callee: int | None = None) -> None:
    pairs = media.calls()
    assert len(pairs) == calls
    for caller, callee in pairs:
        assert_way_is_complete(caller, callee, from_caller)
        assert_way_is_complete(callee, caller, from_caller if from_callee is None else from_callee)
    relays = {party.relay for pair in pairs for party in pair}
    assert len(relays) == 2 * calls, "two calls have the same endpoint of the relay"


def test_fifty_calls_controlled_over_a_unix_socket(start):
    calls = start(calls=50)
    calls.begin("caller", "callee", calls=50)
    calls.finish()
    assert_media_is_complete(calls.media, calls=50, from_caller=150)
    assert sessions(calls.relay) == (50, 0)


def test_fifty_calls_controlled_over_udp(start):
    calls = start(calls=50, **OVER_UDP)
    calls.begin("caller", "callee", calls=50)
    calls.finish()
    assert_media_is_complete(calls.media, calls=50, from_caller=150)
    assert sessions(calls.relay) == (50, 0)


def test_callers_that_send_from_another_port_than_they_signal(start):
    calls = start(calls=10, nat=True, callee_waits=True)
    calls.begin("caller", "callee", calls=10)
    calls.finish()
    assert_media_is_complete(calls.media, calls=10, from_caller=150)
    assert sessions(calls.relay) == (10, 0)


def test_callers_hold_and_resume(start):
    calls = start(calls=5, media_flags="cor")
    calls.begin("caller-holds", "callee-is-held", calls=5)
    calls.finish()
    assert_media_is_complete(calls.media, calls=5, from_caller=5 * 40, from_callee=3 * 40)
    for _, callee in calls.media.calls():
        assert [relay.ip for relay in callee.relays] == [RELAY.ip] * 3 + [ON_HOLD, RELAY.ip]
    assert sessions(calls.relay) == (5, 0)


def test_callees_hold_resume_and_hang_up(start):
    calls = start(calls=5)
    calls.begin("caller-is-held", "callee-holds", calls=5)
    calls.finish()
    assert_media_is_complete(calls.media, calls=5, from_caller=2 * 40, from_callee=3 * 40)
    assert sessions(calls.relay) == (5, 0)


def test_callers_that_move_their_media_to_another_port(start):
    """A worker passes a new source's packets from when the housekeeper has taken it, so that the
    first one may be lost. The other way nothing is."""
    calls = start(calls=5)
    calls.begin("caller-moves", "callee-follows", calls=5)
    calls.finish()
    for caller, callee in calls.media.calls():
        assert_way_is_complete(callee, caller, 2 * 40)
        assert_way_is_complete(caller, callee, 2 * 40, may_lose_rtp=[40], may_lose_rtcp=[2])
    assert sessions(calls.relay) == (5, 0)


def test_proxy_that_is_restarted_during_calls(start):
    """In its process namespace it has the same process ids again, hence the same cookies."""
    calls = start(calls=10, **OVER_UDP)
    calls.begin("caller", "callee", calls=10, rate=100)
    parties = calls.media.parties.values()
    calls.media.run_until(lambda: all(party.is_talking() for party in parties), timeout=5)
    calls.restart_proxy()
    calls.finish()
    assert_media_is_complete(calls.media, calls=10, from_caller=150)
    assert sessions(calls.relay) == (10, 0)


def test_callers_give_up_while_it_rings(start):
    calls = start(calls=10)
    calls.begin("caller-cancels", "callee-is-cancelled", calls=10)
    calls.finish()
    assert sessions(calls.relay) == (10, 0)


def test_busy_after_early_media(start):
    calls = start(calls=10, callee_waits=True)
    calls.begin("caller-hears-busy", "callee-is-busy", calls=10)
    calls.finish()
    assert_media_is_complete(calls.media, calls=10, from_caller=50)
    assert sessions(calls.relay) == (10, 0)


def test_calls_that_fall_silent_without_bye_time_out(start):
    calls = start(calls=5, relay={"idle_timeout": "3s"})
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


def test_calls_that_pass_the_relay_twice(start):
    calls = start(calls=10, media_flags="corbf", spiral=True)
    calls.begin("caller", "callee", calls=10)
    calls.finish()
    assert_media_is_complete(calls.media, calls=10, from_caller=150)
    assert sessions(calls.relay) == (20, 0)
