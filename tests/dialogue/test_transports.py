# SPDX-License-Identifier: BSD-2-Clause
"""The dialogues that are not about their transport, over every transport: a command has the same answer
wherever it comes from. One service for each profile takes them all; X clears up between."""

import copy
import socket

import pytest
from dialogues import Step
from processes import PROFILES, Service
from test_dialogues import BUILT, make_files, replay
from transports import TRANSPORTS, CookieDatagrams

EVERY_TRANSPORT = {
    **{name: TRANSPORTS[name] for name in ("unix", "cunix", "tcp", "tcp6")},
    "udp": lambda _: CookieDatagrams("udp", socket.AF_INET, "127.0.0.1"),
    "udp6": lambda _: CookieDatagrams("udp6", socket.AF_INET6, "::1"),
}
PORTABLE = [dialogue for dialogue in BUILT if dialogue.is_portable()]


@pytest.fixture(scope="module")
def services(tmp_path_factory):
    """Starts a profile's service on first use: profile -> its directory and transports."""
    running = {}

    def of(profile: str):
        if profile not in running:
            directory = tmp_path_factory.mktemp(profile)
            make_files(directory)
            transports = {name: make(directory) for name, make in EVERY_TRANSPORT.items()}
            sockets = [word for each in transports.values() for word in ("-s", each.listen)]
            service = Service(directory, [*sockets, *PROFILES[profile]])
            running[profile] = (directory, transports, service)
        return running[profile][:2]

    yield of
    for _, transports, _ in running.values():
        for transport in transports.values():
            transport.close()
    assert [service.stop() for _, _, service in running.values()] == [0] * len(running)


@pytest.mark.parametrize("name", EVERY_TRANSPORT)
@pytest.mark.parametrize("dialogue", PORTABLE, ids=lambda d: f"{d.profile}-{d.name}")
def test_dialogue_over(dialogue, name, services):
    directory, transports = services(dialogue.profile)
    assert transports[name].exchange(Step("X", expected=["0"])) == ["0"]
    replay(copy.deepcopy(dialogue), transports[name], None, directory)


def test_most_dialogues_are_portable():
    assert len(PORTABLE) >= 80
