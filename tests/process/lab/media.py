# SPDX-License-Identifier: BSD-2-Clause
"""The media of calls that others set up: RTP and RTCP of both parties, every packet compared.

SIP software of tests says in lines where the media goes and when to talk (lab/sip.py):

    relay NUMBER CALL-ID RELAY-ADDRESS RELAY-PORT   the party sends there
    talk NUMBER PACKETS                             so many RTP packets, one each 20 ms, from now on
    move NUMBER                                     the party takes its other port
    end NUMBER                                      the party has hung up

NUMBER counts the calls at either end, from 1, and says which port the party signals (port_of).
All sockets are open from the start: a packet is lost only if the relay loses it.
"""

import heapq
import os
import random
import selectors
import socket
import struct
import time
import zlib
from typing import Callable

from lab import netns
from lab.control import Endpoint
from lab.network import ALICE, BOB, Host

FIRST_PORT = 10000
PORTS_OF_A_CALL = 4
OTHER_PORT = 2  # So much above its first port: where a party behind NAT sends from, or moves to.
INTERVAL = 0.020
RTP_FOR_ONE_RTCP = 25
ON_HOLD = "0.0.0.0"
QUIET = 0.2  # Nothing more comes when nothing has come for so long.


def port_of(number: int) -> int:
    return FIRST_PORT + PORTS_OF_A_CALL * (number - 1)


class Stream:
    """RTP or RTCP at a party: what it sent, what it heard, both with the peer's endpoint."""

    def __init__(self, name: str, host: Host, port: int):
        self.name = name
        self.sent: list[tuple[bytes, Endpoint]] = []
        self.heard: list[tuple[bytes, Endpoint]] = []
        self._host = host
        self.open(port)

    def open(self, port: int) -> None:
        with netns.inside(self._host.name):
            family = socket.AF_INET6 if ":" in self._host.ip else socket.AF_INET
            self.socket = socket.socket(family, socket.SOCK_DGRAM)
        self.socket.setblocking(False)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        self.socket.bind((self._host.ip, port))

    def send(self, payload: bytes, to: Endpoint) -> None:
        self.socket.sendto(payload, (to.ip, to.port))
        self.sent.append((payload, to))

    def receive(self) -> None:
        while True:
            try:
                payload, source = self.socket.recvfrom(65535)
            except BlockingIOError:
                return
            self.heard.append((payload, Endpoint(*source[:2])))


class Party:
    """One end of one call."""

    def __init__(self, host: Host, port: int, signalled: int, must_wait: bool):
        self.name = f"{host.name}:{signalled}"
        self.rtp = Stream(f"RTP of {self.name}", host, port)
        self.rtcp = Stream(f"RTCP of {self.name}", host, port + 1)
        self.call_id: str | None = None
        self.relay: Endpoint | None = None
        self.relays: list[Endpoint] = []
        self.to_send = 0
        self.must_wait = must_wait
        self._samples = random.Random(self.name)

    def streams(self) -> tuple[Stream, Stream]:
        return self.rtp, self.rtcp

    def is_talking(self) -> bool:
        return self.to_send > 0

    def send_next(self) -> None:
        number = len(self.rtp.sent)
        ssrc = zlib.crc32(self.name.encode())
        header = struct.pack("!BBHII", 0x80, 8, number & 0xFFFF, 160 * number & 0xFFFFFFFF, ssrc)
        self.rtp.send(header + self._samples.randbytes(160), self.relay)
        if number % RTP_FOR_ONE_RTCP == 0:
            report = struct.pack("!BBHI", 0x80, 200, 6, ssrc) + self._samples.randbytes(20)
            self.rtcp.send(report, self.relay.rtcp)
        self.to_send -= 1


class Media:
    """Both parties of `calls` calls. `nat`: callers send from another port than they signal.
    `callee_waits`: callees talk when they have heard their callers."""

    def __init__(self, calls: int, nat: bool = False, callee_waits: bool = False,
                 caller: Host = ALICE, callee: Host = BOB):
        self.caller, self.callee = caller, callee
        self._nat = nat
        self._callee_waits = callee_waits
        self.parties: dict[tuple[str, int], Party] = {}
        self._selector = selectors.DefaultSelector()
        self._due: list[tuple[float, int, Party]] = []
        self._last_heard = time.monotonic()
        self._fifos: list[int] = []
        for host in (caller, callee):
            for number in range(1, calls + 1):
                self._open(host, number)

    def _open(self, host: Host, number: int) -> None:
        signalled = port_of(number)
        offset = OTHER_PORT if self._nat and host is self.caller else 0
        party = Party(host, signalled + offset, signalled,
                      must_wait=self._callee_waits and host is self.callee)
        self.parties[host.name, number] = party
        for stream in party.streams():
            self._listen(stream, party)

    def _listen(self, stream: Stream, party: Party) -> None:
        self._selector.register(stream.socket, selectors.EVENT_READ,
                                lambda: self._hear(stream, party))

    def _move(self, party: Party, signalled: int) -> None:
        for index, stream in enumerate(party.streams()):
            self._selector.unregister(stream.socket)
            stream.socket.close()
            stream.open(signalled + OTHER_PORT + index)
            self._listen(stream, party)

    def close(self) -> None:
        for party in self.parties.values():
            for stream in party.streams():
                stream.socket.close()
        for fifo in self._fifos:
            os.close(fifo)
        self._selector.close()

    def obey(self, host: Host, events: os.PathLike) -> None:
        """Lines that come out of the FIFO `events` are about parties at the host."""
        fifo = os.open(events, os.O_RDWR | os.O_NONBLOCK)
        self._fifos.append(fifo)
        rest = bytearray()

        def read() -> None:
            rest.extend(os.read(fifo, 65536))
            while (end := rest.find(b"\n")) >= 0:
                line = rest[:end].decode()
                del rest[:end + 1]
                self._do(host, *line.split())
        self._selector.register(fifo, selectors.EVENT_READ, read)

    def _do(self, host: Host, event: str, number: str, *arguments: str) -> None:
        party = self.parties[host.name, int(number)]
        if event == "relay":
            call_id, relay_ip, relay_port = arguments
            party.call_id = call_id
            party.relays.append(Endpoint(relay_ip, int(relay_port)))
            if relay_ip != ON_HOLD:
                party.relay = party.relays[-1]
        elif event == "talk":
            self.talk(party, int(arguments[0]))
        elif event == "move":
            self._move(party, port_of(int(number)))
        elif event == "end":
            assert not party.is_talking(), f"{party.name} hung up before it had said all"

    def talk(self, party: Party, packets: int) -> None:
        assert not party.is_talking(), f"{party.name} is told to talk while it does"
        assert party.relay, f"{party.name} is told to talk and does not know where to"
        party.to_send = packets
        if not party.must_wait:
            self._go_on_at(time.monotonic(), party)

    def _go_on_at(self, at: float, party: Party) -> None:
        heapq.heappush(self._due, (at, id(party), party))

    def _hear(self, stream: Stream, party: Party) -> None:
        stream.receive()
        self._last_heard = time.monotonic()
        if party.must_wait and stream is party.rtp:
            party.must_wait = False
            if party.is_talking():
                self._go_on_at(self._last_heard + INTERVAL, party)

    def _send_what_is_due(self) -> None:
        while self._due and self._due[0][0] <= time.monotonic():
            at, _, party = heapq.heappop(self._due)
            party.send_next()
            if party.is_talking():
                self._go_on_at(at + INTERVAL, party)

    def run_until(self, done: Callable[[], bool], timeout: float) -> None:
        deadline = time.monotonic() + timeout
        while not done():
            assert time.monotonic() < deadline, f"not done within {timeout} s"
            wait = min(0.05, self._due[0][0] - time.monotonic() if self._due else 0.05)
            for key, _ in self._selector.select(max(wait, 0)):
                key.data()
            self._send_what_is_due()

    def run_until_quiet(self) -> None:
        self.run_until(lambda: not self._due and
                       time.monotonic() - self._last_heard > QUIET, timeout=10)

    def calls(self) -> list[tuple[Party, Party]]:
        """Caller and callee of each call that was set up."""
        by_id: dict[str, dict[str, Party]] = {}
        for (host, _), party in self.parties.items():
            if party.call_id:
                by_id.setdefault(party.call_id, {})[host] = party
        return [(call[self.caller.name], call[self.callee.name]) for call in by_id.values()]
