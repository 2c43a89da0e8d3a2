# SPDX-License-Identifier: BSD-2-Clause
"""What SIP proxies hear while the data plane stands still, dies and comes back."""

import signal
import time
from pathlib import Path

import pytest
from dialogues import Step
from processes import CONFIGURATION, Process
from transports import OneShot

# Between what is promised (500 ms) and what a busy machine may take.
CONFIRMATION_TIMEOUT = 0.5
PATIENCE = 3.0


class Relay:
    """Both programs, and a proxy's view of them."""

    def __init__(self, directory: Path):
        self.proxy = OneShot(directory)
        self.configuration = directory / "mediaplane.toml"
        self.configuration.write_text(
            CONFIGURATION.format(
                directory=directory, listen=f'"{self.proxy.listen}"', media='idle_timeout = "2s"'
            )
        )
        self.dataplane = Process("dataplane", self.configuration)
        self.controlplane = Process("controlplane", self.configuration)

    def ask(self, command: str) -> str:
        return self.proxy.exchange(Step(command))[0]

    def ask_until(self, command: str, is_wanted) -> str:
        deadline = time.monotonic() + PATIENCE
        while not is_wanted(reply := self.ask(command)):
            assert time.monotonic() < deadline, reply
            time.sleep(0.01)
        return reply

    def stop(self):
        assert (self.controlplane.stop(), self.dataplane.stop()) == (0, 0)


@pytest.fixture
def relay(tmp_path):
    relay = Relay(tmp_path)
    yield relay
    relay.stop()


def is_served(reply: str) -> bool:
    return reply.endswith(" 127.0.0.1")


def test_a_dataplane_that_stands_still_gets_errors_at_once(relay):
    first = relay.ask("U c1 127.0.0.2 4000 f")
    relay.dataplane.signal("SIGSTOP")
    try:
        start = time.monotonic()
        assert relay.ask("U c2 127.0.0.2 4000 f") == "E98"
        assert time.monotonic() - start >= CONFIRMATION_TIMEOUT
        start = time.monotonic()
        assert relay.ask("U c3 127.0.0.2 4000 f") == "E98"
        assert relay.ask("L c1 127.0.0.3 5000 f t") == "E98"
        assert relay.ask("V") == "20040107"
        assert relay.ask("D c9 f") == "E50"
        assert time.monotonic() - start < CONFIRMATION_TIMEOUT
    finally:
        relay.dataplane.signal("SIGCONT")
    relay.ask_until("U c2 127.0.0.2 4000 f", is_served)
    assert relay.ask("U c1 127.0.0.2 4000 f") == first


def test_calls_survive_the_death_of_the_dataplane(relay):
    ports = [relay.ask("U c1 127.0.0.2 4000 f"), relay.ask("L c1 127.0.0.3 5000 f t")]
    relay.ask("U c2 127.0.0.2 4000 f")
    relay.dataplane.signal("SIGKILL")
    assert relay.dataplane.wait(PATIENCE) == -signal.SIGKILL
    relay.ask_until("U c3 127.0.0.2 4000 f", lambda reply: reply == "E98")
    assert relay.ask("D c2 f") == "0"
    assert relay.ask("V") == "20040107"
    relay.dataplane = Process("dataplane", relay.configuration)
    relay.ask_until("U c3 127.0.0.2 4000 f", is_served)
    again = [relay.ask("U c1 127.0.0.2 4000 f"), relay.ask("L c1 127.0.0.3 5000 f t")]
    assert again == ports
    assert relay.ask("D c2 f") == "E50"


def test_silent_sessions_end(relay):
    relay.ask("U c1 127.0.0.2 4000 f")
    relay.controlplane.wait_for_log(lambda line: "timed out" in line)
    assert relay.ask("L c1 127.0.0.3 5000 f t") == "0"
