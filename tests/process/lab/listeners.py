# SPDX-License-Identifier: BSD-2-Clause
"""Parties that only listen, many at once: what each heard, and when the kernel got it."""

import selectors
import socket
import struct

from lab import netns
from lab.control import Endpoint
from lab.network import Host

FIRST_PORT = 20000
SO_TIMESTAMPNS = 35  # Also the type of the ancillary message that it leads to.


class Listener:
    def __init__(self, host: Host, number: int):
        self.endpoint = Endpoint(host.ip, FIRST_PORT + 2 * number)
        with netns.inside(host.name):
            self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        self.socket.setblocking(False)
        self.socket.bind((self.endpoint.ip, self.endpoint.port))
        self.packets: list[bytes] = []
        self.times: list[float] = []  # Seconds.

    def receive(self) -> None:
        while True:
            try:
                packet, ancillary, _, _ = self.socket.recvmsg(2048, 64)
            except BlockingIOError:
                return
            seconds, nanoseconds = struct.unpack("qq", ancillary[0][2])
            self.packets.append(packet)
            self.times.append(seconds + nanoseconds / 1e9)


class Listeners:
    def __init__(self, host: Host, count: int):
        self.all = [Listener(host, number) for number in range(count)]
        self._selector = selectors.DefaultSelector()
        for each in self.all:
            self._selector.register(each.socket, selectors.EVENT_READ, each)

    def __enter__(self) -> "Listeners":
        return self

    def __exit__(self, *_) -> None:
        self._selector.close()
        for each in self.all:
            each.socket.close()

    def hear(self, packets: int) -> None:
        """Until each has heard so many. Fails when nothing comes any more before that."""
        while any(len(each.packets) < packets for each in self.all):
            ready = self._selector.select(timeout=2)
            assert ready, f"heard only {sorted(len(each.packets) for each in self.all)}"
            for key, _ in ready:
                key.data.receive()
