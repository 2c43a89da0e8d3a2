# SPDX-License-Identifier: BSD-2-Clause
"""Two parties and a relay between them, in namespaces of this run, the same for every relay:

    alice 198.18.1.10 --- veth --- .1 mp-a  relay  mp-b .1 --- veth --- 198.18.2.10 bob

One queue, no offload. The parties' kernels have no address and other MACs than the parties, so that
they throw away at once what the parties' raw sockets have seen."""

import dataclasses
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "process"))

from lab import netns  # noqa: E402
from lab.network import OFFLOADS, _ip as ip  # noqa: E402

RELAY = "relay"
INTERFACE = "eth0"  # Of a party.


@dataclasses.dataclass(frozen=True)
class Party:
    name: str
    ip: str
    mac: str
    relay_ip: str
    relay_mac: str
    relay_interface: str


ALICE = Party("alice", "198.18.1.10", "02:00:00:00:01:10", "198.18.1.1", "02:00:00:00:01:01", "mp-a")
BOB = Party("bob", "198.18.2.10", "02:00:00:00:02:10", "198.18.2.1", "02:00:00:00:02:01", "mp-b")
PARTIES = (ALICE, BOB)
# Relays and load go before everything else on a machine that is shared: a session of their own, as
# kernels that group processes by session weigh the group.
FIRST = ("setsid", "nice", "-n", "-20", "sh", "-c",
         '{ echo -20 > /proc/self/autogroup; } 2>/dev/null; exec "$@"', "sh")
QUEUES = ("numtxqueues", "1", "numrxqueues", "1")


def up() -> None:
    for name in (RELAY, *(party.name for party in PARTIES)):
        ip("netns", "add", name)
        netns.run(name, "sh", "-c", "echo 1 > /proc/sys/net/ipv6/conf/all/disable_ipv6;"
                  " echo 1 > /proc/sys/net/ipv6/conf/default/disable_ipv6")
    ip("-n", RELAY, "link", "set", "lo", "up")
    for party in PARTIES:
        ip("-n", RELAY, "link", "add", party.relay_interface, "address", party.relay_mac, *QUEUES,
           "type", "veth", "peer", "name", INTERFACE, *QUEUES, "netns", party.name)
        for name, interface in ((RELAY, party.relay_interface), (party.name, INTERFACE)):
            netns.run(name, "ethtool", "-K", interface, *OFFLOADS)
            ip("-n", name, "link", "set", interface, "up")


def give_kernel_addresses() -> None:
    """For a relay that uses the kernel's sockets."""
    for party in PARTIES:
        ip("-n", RELAY, "address", "add", f"{party.relay_ip}/24", "dev", party.relay_interface)
        ip("-n", RELAY, "neighbour", "replace", party.ip, "lladdr", party.mac, "dev",
           party.relay_interface, "nud", "permanent")


def take_kernel_addresses() -> None:
    for party in PARTIES:
        ip("-n", RELAY, "address", "flush", "dev", party.relay_interface)


def bridge(party: Party, tap: str) -> None:
    """The TAP device of a relay stands where the interface was. Neither has the relay's MAC, or the
    bridge would keep for itself what comes for it."""
    name = f"br-{party.name}"
    ip("-n", RELAY, "link", "set", party.relay_interface, "address", f"06{party.relay_mac[2:]}")
    ip("-n", RELAY, "link", "set", tap, "address", f"0a{party.relay_mac[2:]}")
    ip("-n", RELAY, "link", "add", name, "type", "bridge", "stp_state", "0", "forward_delay", "0",
       "mcast_snooping", "0")
    for interface in (party.relay_interface, tap):
        ip("-n", RELAY, "link", "set", interface, "master", name)
    ip("-n", RELAY, "link", "set", name, "up")


def unbridge(party: Party) -> None:
    ip("-n", RELAY, "link", "delete", f"br-{party.name}")
    ip("-n", RELAY, "link", "set", party.relay_interface, "address", party.relay_mac)
