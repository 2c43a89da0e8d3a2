# SPDX-License-Identifier: BSD-2-Clause
"""The data plane dies with 10,000 sessions: commands are refused at once, and it gets all of them
back, on the same UDP ports, before anybody has missed much."""

import contextlib
import selectors
import threading
import time

import pytest
from lab.control import Endpoint
from lab.frames import rtp
from lab.network import ALICE, BOB, MALLORY
from lab.udp import UdpSocket

SESSIONS = 10_000
AT_ONCE = 200
GAP = 1.0
REFUSED_WITHIN = 0.1
PERIOD = 0.005


def ask_all(control, commands: list[str]) -> list[str]:
    """Many at once, each over a connection of its own."""
    answers = []
    for begin in range(0, len(commands), AT_ONCE):
        some = commands[begin:begin + AT_ONCE]
        with contextlib.ExitStack() as stack:
            connections = [stack.enter_context(control.connect()) for _ in some]
            for connection, command in zip(connections, some):
                connection.sendall(command.encode() + b"\n")
            answers += [connection.recv(1024).decode().rstrip("\n") for connection in connections]
    return answers


class Stream(threading.Thread):
    """A party that speaks every few milliseconds, another that listens, and the longest silence."""

    def __init__(self, speaker: UdpSocket, hearer: UdpSocket, relay: Endpoint):
        super().__init__(daemon=True)
        self._speaker, self._hearer, self._relay = speaker, hearer, relay
        self._over = threading.Event()
        self.sent = 0
        self.heard: list[float] = []

    def run(self) -> None:
        selector = selectors.DefaultSelector()
        selector.register(self._hearer._socket, selectors.EVENT_READ)
        due = time.monotonic()
        while not self._over.is_set():
            if time.monotonic() >= due:
                self._speaker.send(rtp(self.sent % 65536), self._relay)
                self.sent += 1
                due += PERIOD
            if selector.select(max(0.0, due - time.monotonic())):
                self._hearer.next(0.001)
                self.heard.append(time.monotonic())

    def stop(self) -> float:
        self._over.set()
        self.join()
        return max(after - before for before, after in zip(self.heard, self.heard[1:]))


@pytest.fixture
def parties(lab):
    with UdpSocket(MALLORY, 4000) as caller, UdpSocket(BOB, 5000) as callee:
        yield caller, callee


def test_ten_thousand_sessions_are_back_within_a_second(make_relay, parties):
    relay = make_relay(first_udp_port=2000, last_udp_port=65535, idle_timeout="300s").start()
    names = [f"call{n}" for n in range(SESSIONS - 1)]
    offers = [f"U {name} {ALICE.ip} 4000 f" for name in names]
    replies = [f"L {name} {BOB.ip} 5000 f t" for name in names]
    before = ask_all(relay.control, offers) + ask_all(relay.control, replies)
    assert len(set(before)) == 2 * len(names)
    caller, callee = parties
    # The caller is not where it says it is: it has to be learned, and stays so.
    call = relay.control.set_up("heard", Endpoint(ALICE.ip, 4000), callee.endpoint)
    away = Stream(caller, callee, call.for_caller)
    away.start()
    while len(away.heard) < 20:
        time.sleep(0.01)
    relay.dataplane.kill()
    refused = time.monotonic()
    assert relay.control(f"U refused {ALICE.ip} 4000 f") == "E98"
    took = time.monotonic() - refused
    relay.start_dataplane()
    already = len(away.heard)
    while len(away.heard) < already + 20:
        time.sleep(0.01)
        assert time.monotonic() < refused + 10
    gap = away.stop()
    print(f"E98 after {took * 1e3:.1f} ms, media gap {gap * 1e3:.0f} ms with {SESSIONS} sessions")
    callee.collect(0.05)
    callee.send(rtp(1), call.for_callee)
    assert caller.next() == rtp(1), "the caller's learned address is not known any more"
    after = ask_all(relay.control, offers) + ask_all(relay.control, replies)
    assert after == before
    assert took < REFUSED_WITHIN
    assert gap < GAP
