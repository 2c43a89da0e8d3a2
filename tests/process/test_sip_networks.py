# SPDX-License-Identifier: BSD-2-Clause
"""Calls of real SIP software from one network to another, and from one family of addresses to the
other: Kamailio stands on both sides and tells the relay which is which."""

import dataclasses

import pytest
from lab import network
from lab.calls import assert_media_is_complete, sessions
from lab.network import ALICE, BOB, CAROL, INSIDE_PROXY, INSIDE_RELAY, IP6, PROXY, RELAY, ROUTER6, Host

TWO_NETWORKS = {
    "more_ports": f"""
[[port]]
name = "lan"
device = "net_af_packet1,iface={INSIDE_RELAY.interface},framecnt=4096"
addresses = ["{INSIDE_RELAY.ip}/24"]
""",
    "more_media": f'addresses = ["{INSIDE_RELAY.ip}", "{RELAY.ip}"]\nbridge = true',
}
TWO_FAMILIES = {
    "addresses": f'"{RELAY.ip}/24", "{IP6[RELAY]}/64"',
    "more_of_port": f'gateway6 = "{ROUTER6}"',
    "more_media": f'addresses = ["{RELAY.ip}", "{IP6[RELAY]}"]\nbridge = true',
}


def in_ipv6(host: Host) -> Host:
    return dataclasses.replace(host, ip=IP6[host])


@pytest.mark.parametrize("direction, symmetric", [("out", False), ("in", False), ("out", True)])
def test_calls_between_two_networks(lab, start_calls, direction, symmetric):
    """With w the parties are symmetric: the callers send from another port than they signal."""
    network.add_proxy_inside()
    inside = (CAROL, INSIDE_PROXY.ip, INSIDE_RELAY.ip)
    outside = (BOB, PROXY.ip, RELAY.ip)
    there_and_back = (inside, outside) if direction == "out" else (outside, inside)
    (caller, callee), proxy_ips, relay_ips = zip(*there_and_back)
    flags = "co" + ("ie" if direction == "out" else "ei") + ("w" if symmetric else "")
    calls = start_calls(calls=10, caller=caller, callee=callee, relay=TWO_NETWORKS,
                        media_flags=flags, proxy_ips=proxy_ips, nat=symmetric,
                        callee_waits=symmetric)
    calls.begin("caller-briefly", "callee-briefly", calls=10)
    calls.finish()
    assert_media_is_complete(calls.media, calls=10, from_caller=50, relay_ips=relay_ips)
    assert sessions(calls.relay) == (10, 0)


@pytest.mark.parametrize("caller, callee, letters",
                         [(ALICE, in_ipv6(BOB), "x"), (in_ipv6(ALICE), BOB, "x"),
                          (in_ipv6(ALICE), in_ipv6(BOB), "ee")],
                         ids=["4-to-6", "6-to-4", "6-to-6"])
def test_calls_between_two_families(lab, start_calls, caller, callee, letters):
    network.add_ipv6()
    ips = [[IP6[host] if ":" in party.ip else host.ip for party in (caller, callee)]
           for host in (PROXY, RELAY)]
    calls = start_calls(calls=10, caller=caller, callee=callee, relay=TWO_FAMILIES,
                        media_flags="co" + letters, proxy_ips=tuple(ips[0]))
    calls.begin("caller-briefly", "callee-briefly", calls=10)
    calls.finish()
    assert_media_is_complete(calls.media, calls=10, from_caller=50, relay_ips=tuple(ips[1]))
    assert sessions(calls.relay) == (10, 0)
