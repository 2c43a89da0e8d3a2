# SPDX-License-Identifier: BSD-2-Clause
"""Many prompts at once. How evenly they come is measured by scripts/bench-players; here all must
come, in order. Fewer than there, so that a worker that does not get its CPU for some
hundred milliseconds loses none."""

import random

from lab.listeners import Listeners
from lab.network import ALICE, BOB

PROMPTS = 40
PACKETS = 100
PACKET = 80
PCMA = 8


def test_many_prompts_at_once_are_complete(relay, tmp_path):
    """A second of noise, of which no packet repeats another."""
    content = random.Random(1).randbytes(PACKETS * PACKET)
    (tmp_path / f"prompt.{PCMA}").write_bytes(content)
    with Listeners(ALICE, PROMPTS) as listeners:
        for number, each in enumerate(listeners.all):
            there = f"{each.endpoint.ip} {each.endpoint.port}"
            relay.control.endpoint(f"U call{number} {there} f")
            relay.control.endpoint(f"L call{number} {BOB.ip} 5000 f t")
        relay.wait_for_neighbour(ALICE)  # Prompts wait for nobody's MAC.
        for number in range(PROMPTS):
            assert relay.control(f"P call{number} {tmp_path}/prompt {PCMA} f t") == "0"
        listeners.hear(PACKETS)
        ssrcs = set()
        for each in listeners.all:
            first = int.from_bytes(each.packets[0][2:4])
            assert [int.from_bytes(packet[2:4]) for packet in each.packets] == [
                (first + number) & 0xFFFF for number in range(PACKETS)]
            assert b"".join(packet[12:] for packet in each.packets) == content
            ssrcs |= {packet[8:12] for packet in each.packets}
    assert len(ssrcs) == PROMPTS
    relay.stop()
    assert relay.drops("slow_path_full") == 0
