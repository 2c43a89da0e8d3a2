# SPDX-License-Identifier: BSD-2-Clause
"""One direction of one call that talks on beside a test, and which of its packets arrived."""

import contextlib
import threading
import time

from lab.control import Endpoint
from lab.frames import rtp
from lab.network import Host
from lab.udp import UdpSocket

INTERVAL = 0.010


class Stream:
    """From a socket of one host to one of another, by way of the relay, a packet each INTERVAL.
    Either party is known to the relay by one packet before; nothing of it waits for an answer."""

    def __init__(self, stack: contextlib.ExitStack, relay, caller: Host, callee: Host,
                 letters: str = "", first_port: int = 4000, call_id: str | None = None):
        self.sender = stack.enter_context(UdpSocket(caller, first_port))
        self.hearer = stack.enter_context(UdpSocket(callee, first_port + 2))
        self.call_id = call_id or f"{caller.name}-{callee.name}-{first_port}"
        call = relay.control.set_up(self.call_id, self.sender.endpoint, self.hearer.endpoint,
                                    letters)
        self.to: Endpoint = call.for_caller
        self.back: Endpoint = call.for_callee
        self.sent_at: list[float] = []
        self.heard: list[int] = []
        self._over = threading.Event()
        self._threads = [threading.Thread(target=self._send), threading.Thread(target=self._hear)]
        self._until_heard()
        stack.callback(self._end)

    def _until_heard(self) -> None:
        """The first packets may wait for neighbours."""
        for _ in range(200):
            self.sender.send(rtp(0), self.to)
            if self.hearer.next(0.05) is not None:
                break
        else:
            raise AssertionError(f"{self.call_id} is not heard")
        self.hearer.send(rtp(0, ssrc=2), self.back)
        assert self.sender.next() is not None
        self.hearer.collect(0.1)

    def begin(self) -> "Stream":
        for thread in self._threads:
            thread.start()
        return self

    def _send(self) -> None:
        next_at = time.monotonic()
        while not self._over.is_set():
            self.sent_at.append(time.monotonic())
            # The last bytes say which it is, beyond the 16 bits of its sequence number.
            number = len(self.sent_at)
            with contextlib.suppress(OSError):  # The sender's own kernel: it counts as lost.
                self.sender.send(rtp(number) + number.to_bytes(4, "big"), self.to)
            next_at = max(next_at + INTERVAL, time.monotonic() - 5 * INTERVAL)
            self._over.wait(max(0.0, next_at - time.monotonic()))

    def _hear(self) -> None:
        while not self._over.is_set() or self._is_missing():
            packet = self.hearer.next(0.3)
            if packet is not None:
                self.heard.append(int.from_bytes(packet[-4:], "big"))
            elif self._over.is_set():
                return

    def until_heard(self, timeout: float = 20) -> None:
        """A packet that is sent from now on."""
        sent = len(self.sent_at)
        deadline = time.monotonic() + timeout
        while not self.heard or self.heard[-1] <= sent:
            assert time.monotonic() < deadline, f"{self.call_id} is not heard any more"
            time.sleep(INTERVAL / 2)

    def _is_missing(self) -> bool:
        return len(self.heard) < len(self.sent_at)

    def _end(self) -> None:
        self._over.set()
        for thread in self._threads:
            if thread.is_alive():
                thread.join(5)

    def end(self) -> "Stream":
        """All that will arrive has arrived, each packet once and in order."""
        self._end()
        assert self.heard == sorted(set(self.heard)), self.call_id
        return self

    def lost_at(self) -> list[float]:
        """When those were sent that did not arrive."""
        arrived = set(self.heard)
        return [at for number, at in enumerate(self.sent_at, 1) if number not in arrived]

    def assert_lost_only(self, outages: list[tuple[float, float]] = (), margin: float = 0.1) -> None:
        """Lost is only what was sent in one of the times, each a beginning and an end."""
        wrong = [at for at in self.lost_at()
                 if not any(begin - margin <= at <= end + margin for begin, end in outages)]
        behind = [min((at - end for _, end in outages if at >= end), default=None) for at in wrong]
        assert not wrong, (f"{self.call_id}: {len(wrong)} of {len(self.sent_at)} lost out of turn, the "
                           f"first and the last so long behind an outage: {behind[0]}, {behind[-1]}")
