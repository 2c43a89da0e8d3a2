# SPDX-License-Identifier: BSD-2-Clause
"""Calls between SIPp and SIPp through Kamailio, with their media, and what to hold them to."""

import math
import re

from lab import sip
from lab.control import Endpoint
from lab.media import ON_HOLD, RTP_FOR_ONE_RTCP, Media, Party, Stream
from lab.network import PROXY, RELAY, Host


class Calls:
    """Callers and callees of one test, the proxy between them, and their media. `proxy_ips` are the
    proxy's addresses on the caller's and the callee's side."""

    def __init__(self, relay, folder, media: Media, control: str | None = None,
                 media_flags: str = "co", proxy_ips: tuple[str, str] = (PROXY.ip, PROXY.ip),
                 **options):
        self.relay, self.folder, self.media = relay, folder, media
        self._caller_dials = proxy_ips[0]
        self._kamailio = {"control": control or f"unix:{relay.control.path}", "folder": folder,
                          "media_flags": media_flags, "callee_ip": media.callee.ip,
                          "proxy_ips": tuple(dict.fromkeys(proxy_ips)), **options}
        self.kamailio = sip.Kamailio(**self._kamailio)
        self._running: list[sip.Sipp] = []

    def begin(self, caller: str, callee: str, calls: int, rate: int = 10) -> None:
        here, there = self.media.caller, self.media.callee
        self._run(there, sip.callee(callee, self.folder, calls, host=there, other=here))
        self._run(here, sip.caller(caller, self.folder, calls, rate, self._caller_dials, host=here,
                                   other=there))

    def _run(self, host: Host, run: sip.Sipp) -> None:
        self._running.append(run)
        self.media.obey(host, run.events)

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
        self.kamailio = sip.Kamailio(**self._kamailio)

    def close(self) -> None:
        for run in self._running:
            run.process.kill()
        self.kamailio.process.kill()
        self.media.close()


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
                           may_lose_rtcp=(), relay_ip: str = RELAY.ip) -> None:
    """RTP and RTCP from one party to the other, who was told nothing but the relay's endpoint."""
    assert len(sender.rtp.sent) == packets
    assert len(sender.rtcp.sent) == math.ceil(packets / RTP_FOR_ONE_RTCP)
    assert {relay.ip for relay in hearer.relays} <= {relay_ip, ON_HOLD}
    assert len({relay.port for relay in hearer.relays}) == 1
    assert_complete(sender.rtp, hearer.rtp, hearer.relay, may_lose_rtp)
    assert_complete(sender.rtcp, hearer.rtcp, hearer.relay.rtcp, may_lose_rtcp)


def assert_media_is_complete(media: Media, calls: int, from_caller: int,
                             from_callee: int | None = None,
                             relay_ips: tuple[str, str] = (RELAY.ip, RELAY.ip)) -> None:
    """`relay_ips` are the relay's on the caller's and the callee's side."""
    pairs = media.calls()
    assert len(pairs) == calls
    for caller, callee in pairs:
        assert_way_is_complete(caller, callee, from_caller, relay_ip=relay_ips[1])
        assert_way_is_complete(callee, caller, from_caller if from_callee is None else from_callee,
                               relay_ip=relay_ips[0])
    relays = {party.relay for pair in pairs for party in pair}
    assert len(relays) == 2 * calls, "two calls have the same endpoint of the relay"
