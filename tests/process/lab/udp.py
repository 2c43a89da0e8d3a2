# SPDX-License-Identifier: BSD-2-Clause
"""A kernel UDP socket at a host of the lab."""

import socket
import time

from lab import netns
from lab.control import Endpoint
from lab.network import Host


class UdpSocket:
    def __init__(self, host: Host, port: int, ip: str | None = None):
        self.endpoint = Endpoint(ip or host.ip, port)
        family = socket.AF_INET6 if self.endpoint.is_ipv6() else socket.AF_INET
        with netns.inside(host.name):
            self._socket = socket.socket(family, socket.SOCK_DGRAM)
        self._socket.bind((self.endpoint.ip, port))

    def __enter__(self) -> "UdpSocket":
        return self

    def __exit__(self, *_) -> None:
        self.close()

    def close(self) -> None:
        self._socket.close()

    def set_option(self, level: int, option: int, value: int) -> None:
        self._socket.setsockopt(level, option, value)

    def send(self, payload: bytes, to: Endpoint) -> None:
        self._socket.sendto(payload, (to.ip, to.port))

    def next(self, timeout: float = 2) -> bytes | None:
        """The next datagram; none within the time gives None."""
        self._socket.settimeout(max(timeout, 0.001))
        try:
            return self._socket.recv(65535)
        except TimeoutError:
            return None

    def collect(self, seconds: float) -> list[bytes]:
        deadline = time.monotonic() + seconds
        datagrams = []
        while (datagram := self.next(deadline - time.monotonic())) is not None:
            datagrams.append(datagram)
        return datagrams
