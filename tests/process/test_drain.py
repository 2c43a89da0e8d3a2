# SPDX-License-Identifier: BSD-2-Clause
"""SIGHUP: the control plane takes no new call, serves those that it has, and ends with the last."""

import signal

from lab.network import ALICE, BOB

CALLS = 100


def test_a_drain_refuses_new_calls_and_ends_with_the_last(relay, phones):
    talking = phones(calls=5, seconds=2, rate=1000).until_up()
    for number in range(CALLS):
        relay.control.endpoint(f"U call{number} {ALICE.ip} {4000 + 2 * number} f")
    relay.controlplane.signal(signal.SIGHUP)
    relay.controlplane.wait_for_line("draining")
    for number in range(CALLS):
        assert relay.control(f"U new{number} {ALICE.ip} 4000 f") == "E99"
        relay.control.endpoint(f"L call{number} {BOB.ip} {4000 + 2 * number} f t")
    talking.assert_clean()  # It has hung up its calls.
    for number in range(CALLS):
        assert relay.controlplane.is_running()
        assert relay.control(f"D call{number} f t") == "0"
    assert relay.controlplane.wait(5) == 0
