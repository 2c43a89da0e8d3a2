# SPDX-License-Identifier: BSD-2-Clause
"""SIP proxies that never stop asking, and remember what they were told.

Each client has calls of its own: it offers, answers, offers again, asks and deletes, one command for
each connection. A command whose connection ends without an answer (`unanswered`) may or may not have
been carried out, one that is refused as `late` (E98) was not; whatever was answered must hold."""

import random
import threading
import time

from lab.control import Control
from lab.network import ALICE, BOB

CALLS_HELD = 30
UNKNOWN = object()  # Whether it is there, or with which ports.


class Client(threading.Thread):
    def __init__(self, control: Control, number: int, over: threading.Event, pause: float):
        super().__init__(daemon=True)
        self._control, self._over, self._pause = control, over, pause
        self._name = f"client{number}"
        self._chance = random.Random(number)
        self._created = 0
        self.calls: dict[str, list] = {}  # The answers to U and L.
        self.deleted: list[str] = []      # For certain.
        self.doubtful: list[str] = []     # Deleted, but without an answer.
        self.commands = self.unanswered = self.refused = self.late = 0
        self.wrong: list[str] = []

    def run(self) -> None:
        while not self._over.is_set():
            self._step()
            time.sleep(self._pause)

    def ask(self, command: str) -> str | None:
        """The answer; None if there was none."""
        self.commands += 1
        try:
            with self._control.connect(timeout=10) as connection:
                connection.sendall(command.encode() + b"\n")
                answer = connection.recv(1024).decode()
        except (ConnectionResetError, BrokenPipeError):
            answer = ""
        except ConnectionRefusedError:
            self.refused += 1
            return None
        if not answer:
            self.unanswered += 1
            return None
        if answer == "E98\n":  # Not confirmed in time, or not attached yet. It changed nothing.
            self.late += 1
            return None
        return answer.rstrip("\n")

    def _step(self) -> None:
        if len(self.calls) < CALLS_HELD:
            self._create()
        elif self._chance.random() < 0.3:
            self._hang_up(self._chance.choice(list(self.calls)))
        else:
            self.check(self._chance.choice(list(self.calls)))

    def _create(self) -> None:
        self._created += 1
        call_id = f"{self._name}-{self._created}"
        self.calls[call_id] = [UNKNOWN, UNKNOWN]
        self._update(call_id, 0)
        self._update(call_id, 1)

    def _update(self, call_id: str, which: int) -> None:
        command = (f"U {call_id} {ALICE.ip} 4000 f", f"L {call_id} {BOB.ip} 5000 f t")[which]
        known = self.calls[call_id]
        answer = self.ask(command)
        if answer is None:
            return
        # An answer finds nothing if its offer may not have come through.
        is_lost = which == 1 and known[0] is UNKNOWN and answer == "0"
        if is_lost:
            return
        if not answer.endswith(" 198.18.0.1") or known[which] not in (UNKNOWN, answer):
            self.wrong.append(f"{command}: {answer}, before: {known[which]}")
        known[which] = answer

    def check(self, call_id: str) -> None:
        """The same questions have the same answers."""
        self._update(call_id, 0)
        self._update(call_id, 1)
        if UNKNOWN in self.calls[call_id]:
            return
        answer = self.ask(f"Q {call_id} f t")
        if answer is not None and answer.startswith("E"):
            self.wrong.append(f"Q {call_id}: {answer}")

    def _hang_up(self, call_id: str) -> None:
        was_known = self.calls.pop(call_id)[0] is not UNKNOWN
        answer = self.ask(f"D {call_id} f t")
        if answer is None:
            self.doubtful.append(call_id)
            return
        if answer != "0" and was_known:
            self.wrong.append(f"D {call_id}: {answer}")
        self.deleted.append(call_id)


class Traffic:
    """`pause` is between two steps of one client, in seconds: four make some 2,000 commands a second."""

    def __init__(self, control: Control, clients: int = 4, pause: float = 0.005):
        self._control = control
        self._over = threading.Event()
        self.clients = [Client(control, n, self._over, pause) for n in range(clients)]
        self._started = time.monotonic()
        for client in self.clients:
            client.start()

    def stop(self) -> None:
        self._over.set()
        for client in self.clients:
            client.join(15)
            assert not client.is_alive(), "a command hangs"
        self.seconds = time.monotonic() - self._started

    def total(self, name: str) -> int:
        return sum(getattr(client, name) for client in self.clients)

    def assert_all_holds(self, others: set[str] = frozenset()) -> int:
        """After stop(): whatever was confirmed is there, once; no UDP port is out twice. `others` are
        endpoints of other calls. The number of calls."""
        for client in self.clients:
            for call_id in client.calls:
                client.check(call_id)
                assert UNKNOWN not in client.calls[call_id], call_id
            for call_id in client.doubtful:
                assert client.ask(f"D {call_id} f t") in ("0", "E50")
            for call_id in client.deleted[-50:]:
                answer = client.ask(f"Q {call_id} f t")
                assert answer == "E50", (call_id, answer)
            assert not client.wrong, client.wrong[:10]
        endpoints = [answer for client in self.clients for pair in client.calls.values()
                     for answer in pair]
        assert len(set(endpoints) | others) == len(endpoints) + len(others)
        return len(endpoints) // 2
