# SPDX-License-Identifier: BSD-2-Clause
"""Process tests: the real programs between kernel sockets and raw frames.

    /usr/bin/python3 -m pytest tests/process        (as root, after building)

Each run takes itself into network and mount namespaces of its own first (lab/private.py).
MEDIAPLANE_BUILD names the build folder, ./build otherwise.
"""

import contextlib
import functools
import os
import sys

import pytest

sys.path.insert(0, os.path.dirname(__file__))

from lab import network, private  # noqa: E402
from lab.calls import Calls  # noqa: E402
from lab.media import Media  # noqa: E402
from lab.network import ALICE, BOB  # noqa: E402
from lab.parties import Parties  # noqa: E402
from lab.phones import Phones  # noqa: E402
from lab.relay import Relay  # noqa: E402
from lab.udp import UdpSocket  # noqa: E402
from lab.wire import Wire  # noqa: E402


def pytest_configure(config):
    config.addinivalue_line("markers", "relay(**settings): configuration of the relay fixture")
    if config.option.collectonly or config.option.help:
        return
    if not private.is_private():
        if os.geteuid() != 0:
            pytest.exit("process tests make network namespaces and need root", returncode=77)
        config.pluginmanager.getplugin("capturemanager").stop_global_capturing()
        private.enter([sys.executable, "-m", "pytest", *config.invocation_params.args])
    private.prepare()


@pytest.fixture
def lab():
    network.up()
    yield
    network.down()


@pytest.fixture
def alice(lab):
    with Wire(ALICE) as wire:
        yield wire


@pytest.fixture
def bob(lab):
    with Wire(BOB) as wire:
        yield wire


@pytest.fixture
def caller(lab):
    with UdpSocket(ALICE, 4000) as endpoint:
        yield endpoint


@pytest.fixture
def callee(lab):
    with UdpSocket(BOB, 5000) as endpoint:
        yield endpoint


@pytest.fixture
def parties(lab):
    with contextlib.ExitStack() as stack:
        yield Parties(stack)


@pytest.fixture
def make_relay(lab, tmp_path):
    """Makes the test's relay, not yet started, and holds it to its duties at the end."""
    made = []

    def make(**settings) -> Relay:
        made.append(Relay(tmp_path, **settings))
        return made[-1]

    try:
        yield make
        for relay in made:
            relay.stop()
    finally:
        for relay in made:
            relay.kill()


@pytest.fixture
def relay(make_relay, request):
    marker = request.node.get_closest_marker("relay")
    return make_relay(**(marker.kwargs if marker else {})).start()


@pytest.fixture
def phones_of(tmp_path):
    """Starts runs of mediaplane-phones over a relay; what still runs at the end is ended."""
    runs = []

    def start(relay: Relay, **options) -> Phones:
        runs.append(Phones(relay.control, tmp_path, **options))
        return runs[-1]

    yield start
    for run in runs:
        run.process.kill()


@pytest.fixture
def phones(relay, phones_of):
    return functools.partial(phones_of, relay)


@pytest.fixture
def start_calls(make_relay, tmp_path):
    """Starts relay, proxy and media agent. Options are those of Media and Calls."""
    started = []

    def begin(calls: int, nat: bool = False, callee_waits: bool = False, caller=ALICE, callee=BOB,
              relay: dict | None = None, **options) -> Calls:
        media = Media(calls, nat, callee_waits, caller, callee)
        started.append(Calls(make_relay(**(relay or {})).start(), tmp_path, media, **options))
        return started[-1]

    yield begin
    for calls in started:
        calls.close()
