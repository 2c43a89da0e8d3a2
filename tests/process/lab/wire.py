# SPDX-License-Identifier: BSD-2-Clause
"""Raw frames at a host's interface: to send what no kernel would send, and to see what arrives."""

import select
import socket
import time
from typing import Callable

from scapy.layers.l2 import Ether
from scapy.packet import Packet

from lab import netns
from lab.network import Host

ETH_P_ALL = 3
PACKET_OUTGOING = 4
RECEIVE_BUFFER = 16 << 20
SO_RCVBUFFORCE = 33


class Wire:
    """Frames wait in the socket from the moment it is made: make it before what it should see."""

    def __init__(self, host: Host):
        with netns.inside(host.name):
            self._socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
            self._socket.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, RECEIVE_BUFFER)
            self._socket.bind((host.interface, ETH_P_ALL))
        self._waiting = select.poll()  # Takes any number of descriptors.
        self._waiting.register(self._socket, select.POLLIN)

    def __enter__(self) -> "Wire":
        return self

    def __exit__(self, *_) -> None:
        self.close()

    def close(self) -> None:
        self._socket.close()

    def send(self, frame: Packet | bytes) -> None:
        self._socket.send(bytes(frame))

    def next(self, timeout: float) -> Packet | None:
        """The next frame that came in; none within the time gives None."""
        deadline = time.monotonic() + timeout
        while True:
            left = max(0.0, deadline - time.monotonic())
            if not self._waiting.poll(1000 * left):
                return None
            frame, address = self._socket.recvfrom(65535)
            if address[2] != PACKET_OUTGOING:
                return Ether(frame)

    def wait_for(self, wanted: Callable[[Packet], bool], timeout: float = 2) -> Packet:
        deadline = time.monotonic() + timeout
        while (frame := self.next(deadline - time.monotonic())) is not None:
            if wanted(frame):
                return frame
        raise AssertionError(f"the frame did not come within {timeout} s")

    def collect(self, wanted: Callable[[Packet], bool], seconds: float) -> list[Packet]:
        """All that come in the time: to show that something does not."""
        deadline = time.monotonic() + seconds
        frames = []
        while (frame := self.next(deadline - time.monotonic())) is not None:
            if wanted(frame):
                frames.append(frame)
        return frames
