# SPDX-License-Identifier: BSD-2-Clause
"""Calls set up by real SIP software: SIPp through Debian's Kamailio, their media compared packet by
packet at both ends."""

import re

import pytest

from lab import sip
from lab.control import Endpoint
from lab.media import Media, Stream
from lab.network import ALICE, BOB, PROXY, RELAY

UDP_CONTROL = "udp:127.0.0.1:22222"


class Calls:
    """Callers and callees of one test, the proxy between them, and their media."""

    def __init__(self, relay, folder, media: Media, control: str | None = None,
                 media_flags: str = "co", spiral: bool = False):
        self.relay, self.folder, self.media = relay, folder, media
        self.kamailio = sip.Kamailio(control or f"unix:{relay.control.path}", folder, media_flags,
                                     spiral)
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

    def close(self) -> None:
        for run in self._running:
            run.process.kill()
        self.kamailio.process.kill()
        self.media.close()


@pytest.fixture
def start(make_relay, tmp_path):
    """Starts relay, proxy and media agent."""
    started = []

    def begin(calls: int, nat: bool = False, relay: dict | None = None, **options) -> Calls:
        media = Media(calls, nat)
        started.append(Calls(make_relay(**(relay or {})).start(), tmp_path, media, **options))
        return started[-1]

    yield begin
    for calls in started:
        calls.close()


def active_sessions(relay) -> int:
    return int(re.search(r"^active sessions: (\d+)$", relay.control("I"), re.MULTILINE)[1])


def difference(what: str, sender: Stream, hearer: Stream, relay: Endpoint) -> list[str]:
    """Heard must be what was sent, in order, all of it from the relay's endpoint."""
    sent = [(payload, relay) for payload, _ in sender.sent]
    if hearer.heard == sent:
        return []
    lost = sum(packet not in hearer.heard for packet in sent)
    strange = sum(packet not in sent for packet in hearer.heard)
    return [f"{what}: sent {len(sent)}, heard {len(hearer.heard)}, lost {lost}, altered or from "
            f"elsewhere {strange}"]


def assert_media_is_complete(media: Media, calls: int, packets: int) -> None:
    pairs = media.calls()
    assert len(pairs) == calls
    faults = []
    for caller, callee in pairs:
        for sender, hearer in ((caller, callee), (callee, caller)):
            assert {relay.ip for relay in hearer.relays} == {RELAY.ip}
            assert len(sender.rtp.sent) == packets and len(sender.rtcp.sent) > 0
            what = f"{sender.name} to {hearer.name}"
            faults += difference(f"RTP {what}", sender.rtp, hearer.rtp, hearer.relay)
            faults += difference(f"RTCP {what}", sender.rtcp, hearer.rtcp, hearer.relay.rtcp)
    assert not faults, "\n".join(faults)
    relays = [party.relay for pair in pairs for party in pair]
    assert len(set(relays)) == 2 * calls, "two calls have the same endpoint of the relay"


def test_fifty_calls_controlled_over_a_unix_socket(start):
    calls = start(calls=50)
    calls.begin("caller", "callee", calls=50)
    calls.finish()
    assert_media_is_complete(calls.media, calls=50, packets=150)
    assert active_sessions(calls.relay) == 0


def test_fifty_calls_controlled_over_udp(start):
    calls = start(calls=50, control=UDP_CONTROL, relay={
        "controlplane_at": PROXY, "more_sockets": f', "{UDP_CONTROL}"'})
    calls.begin("caller", "callee", calls=50)
    calls.finish()
    assert_media_is_complete(calls.media, calls=50, packets=150)
    assert active_sessions(calls.relay) == 0
