# SPDX-License-Identifier: BSD-2-Clause
"""Several workers on one device: every packet once, in order, whoever gets it."""

import pytest

from lab import netns
from lab.network import RELAY, Host

TWO_WORKERS = "[0, 1]"
TWO_QUEUES = f"net_af_packet0,iface={RELAY.interface},framecnt=4096,qpairs=2"
TAP = "mp-tap"
CALLER = Host(RELAY.name, "198.18.0.2", "", interface=TAP)
CALLEE = Host(RELAY.name, "198.18.0.3", "", interface=TAP)


def assert_all_have_worked(relay) -> None:
    relay.stop()
    received = relay.received_by_workers()
    assert len(received) == 2 and min(received) > 100, received


@pytest.mark.relay(workers=TWO_WORKERS, device=TWO_QUEUES)
def test_two_workers_on_af_packet_queues_relay_in_order(relay, phones):
    phones(calls=40, seconds=5, rate=100).assert_clean()
    assert_all_have_worked(relay)


@pytest.mark.relay(workers=TWO_WORKERS, device=f"net_tap0,iface={TAP}")
def test_two_workers_on_tap_queues_relay_in_order(relay, phones):
    # The kernel behind the TAP is the phones' host. (On a bridge the TAP's MAC, which is the
    # relay's as well, would be the bridge's own.)
    for host in (CALLER, CALLEE):
        netns.run(RELAY.name, "ip", "address", "add", f"{host.ip}/24", "dev", TAP)
    phones(caller=CALLER, callee=CALLEE, calls=20, seconds=5, rate=100).assert_clean()
    assert_all_have_worked(relay)


@pytest.mark.relay(workers=TWO_WORKERS, device=TWO_QUEUES)
def test_callers_behind_nat_are_learned_whichever_worker_hears_them(phones):
    phones(calls=20, seconds=3, rate=100, nat=True).assert_clean()


SECOND_PORT = f"""
[[port]]
name = "lan"
device = "net_tap1,iface={TAP}"
addresses = ["10.0.0.1/24", "10.0.1.1/24"]
"""


@pytest.mark.relay(more_ports=SECOND_PORT)
def test_a_second_port_lives_beside_the_calls_of_the_first(relay, phones):
    netns.run(RELAY.name, "ip", "address", "add", "10.0.0.2/24", "dev", TAP)
    netns.run(RELAY.name, "ip", "address", "add", "10.0.1.2/24", "dev", TAP)
    calls = phones(calls=10, seconds=3, rate=100).until_up()
    for address in ("10.0.0.1", "10.0.1.1"):
        netns.run(RELAY.name, "ping", "-c", "3", "-i", "0.2", "-W", "1", address)
    calls.assert_clean()


@pytest.mark.relay(workers=TWO_WORKERS)
def test_a_device_with_one_queue_feeds_two_workers_in_order(relay, phones):
    phones(calls=40, seconds=5, rate=100).assert_clean()
    log = relay.log("dataplane").read_text()
    assert "1 queue pair(s) for 2 workers, so packets are spread in software" in log
    assert_all_have_worked(relay)


@pytest.mark.relay(workers=TWO_WORKERS)
def test_callers_behind_nat_are_learned_by_whichever_worker_has_their_share(phones):
    phones(calls=20, seconds=3, rate=100, nat=True).assert_clean()
