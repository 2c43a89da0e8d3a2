# SPDX-License-Identifier: BSD-2-Clause
"""What runs out is refused by name, and serves again as soon as there is some."""

import pytest

from lab.network import ALICE, BOB

REFUSED = "E"


def offer(relay, number: int) -> str:
    return relay.control(f"U call{number} {ALICE.ip} {4000 + 2 * number} f")


def fill(relay, calls: int) -> set:
    answers = [offer(relay, number) for number in range(calls)]
    assert all(answer.endswith(" 198.18.0.1") for answer in answers), answers
    ports = {int(answer.split()[0]) for answer in answers}
    assert len(ports) == calls
    return ports


@pytest.mark.parametrize("first, last", [(40000, 40001), (40000, 40002), (40001, 40004),
                                         (40000, 40099), (40001, 40100), (65434, 65535)])
def test_port_range_gives_every_pair_and_then_a_refusal(make_relay, phones_of, first, last):
    relay = make_relay(first_udp_port=first, last_udp_port=last).start()
    pairs = (last + 1 - (first + first % 2)) // 2
    ports = fill(relay, pairs)
    assert all(port % 2 == 0 and first <= port < last for port in ports)
    for _ in range(3):
        assert offer(relay, pairs).startswith(REFUSED)
    # A call that is there is answered and ends as ever; then there is room at once.
    assert relay.control("D call0 f") == "0"
    assert offer(relay, pairs).endswith(" 198.18.0.1")
    assert offer(relay, pairs + 1).startswith(REFUSED)
    for number in range(1, pairs + 1):
        assert relay.control(f"D call{number} f") == "0"
    fill(relay, pairs)


@pytest.mark.relay(sessions=20)
def test_full_table_refuses_and_takes_again(relay):
    fill(relay, 20)
    for number in range(20, 30):
        assert offer(relay, number).startswith(REFUSED)
    for number in range(20):
        answer = relay.control(f"L call{number} {BOB.ip} 5000 f t")
        assert answer.endswith(" 198.18.0.1"), answer
    assert relay.control("D call7 f t") == "0"
    assert offer(relay, 40).endswith(" 198.18.0.1")
    assert offer(relay, 41).startswith(REFUSED)
