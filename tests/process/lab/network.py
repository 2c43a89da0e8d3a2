# SPDX-License-Identifier: BSD-2-Clause
"""The namespaces and the wires between them.

Kernel ends have no checksum or segmentation offload (a veth would hand the relay packets with
unfinished checksums), no IPv6 chatter, and one queue. The relay's interface has no address: the
relay answers ARP itself, and the kernel beside it says nothing.
"""

import dataclasses
import subprocess

from lab import netns


@dataclasses.dataclass(frozen=True)
class Host:
    name: str
    ip: str
    mac: str
    prefix_length: int = 24
    interface: str = "eth0"


RELAY = Host("relay", "198.18.0.1", "02:00:00:00:00:01", interface="mp-relay")
ALICE = Host("alice", "198.18.0.10", "02:00:00:00:00:10")
BOB = Host("bob", "198.18.0.20", "02:00:00:00:00:20")
MALLORY = Host("mallory", "198.18.0.66", "02:00:00:00:00:66")
ROUTER = Host("router", "198.18.0.254", "02:00:00:00:00:fe")
FAR = Host("far", "203.0.113.10", "02:00:00:00:01:10")
FAR_GATEWAY = "203.0.113.254"

ON_THE_SWITCH = (RELAY, ALICE, BOB, MALLORY, ROUTER)
SWITCH = "switch"
OFFLOADS = ("tx", "off", "rx", "off", "gso", "off", "tso", "off", "gro", "off")


class Network:
    """`prefix` goes before the namespaces' names where others may see them."""

    def __init__(self, prefix: str = ""):
        self.prefix = prefix

    def netns(self, host: Host | str) -> str:
        return self.prefix + (host if isinstance(host, str) else host.name)

    def all_netns(self) -> list[str]:
        return [self.netns(name) for name in (SWITCH, FAR.name, *(h.name for h in ON_THE_SWITCH))]

    def up(self) -> None:
        for name in self.all_netns():
            self._ip("netns", "add", name)
            self._set(name, "net/ipv6/conf/all/disable_ipv6", "1")
            self._set(name, "net/ipv6/conf/default/disable_ipv6", "1")
            self._ip("-n", name, "link", "set", "lo", "up")
        self._make_switch()
        for host in ON_THE_SWITCH:
            self._plug_in(host)
        self._make_far_side()

    def down(self) -> None:
        for name in self.all_netns():
            subprocess.run(["ip", "netns", "delete", name], check=False, capture_output=True)

    def run(self, host: Host, *argv: str, **options) -> subprocess.CompletedProcess:
        return netns.run(self.netns(host), *argv, **options)

    def _make_switch(self) -> None:
        switch = self.netns(SWITCH)
        self._ip("-n", switch, "link", "add", "br0", "type", "bridge", "stp_state", "0",
                 "forward_delay", "0", "mcast_snooping", "0")
        self._ip("-n", switch, "link", "set", "br0", "up")

    def _plug_in(self, host: Host) -> None:
        switch, port = self.netns(SWITCH), f"to-{host.name}"
        self._wire(switch, port, self.netns(host), host.interface, host.mac)
        self._ip("-n", switch, "link", "set", port, "master", "br0")
        if host is not RELAY:
            self._give_address(host)
        if host in (ALICE, BOB, MALLORY):
            self._ip("-n", self.netns(host), "route", "add", "default", "via", ROUTER.ip)

    def _make_far_side(self) -> None:
        router = self.netns(ROUTER)
        self._wire(router, "eth1", self.netns(FAR), FAR.interface, FAR.mac)
        self._ip("-n", router, "address", "add", f"{FAR_GATEWAY}/24", "dev", "eth1")
        self._without_offloads(router, "eth1")
        self._set(router, "net/ipv4/ip_forward", "1")
        self._give_address(FAR)
        self._ip("-n", self.netns(FAR), "route", "add", "default", "via", FAR_GATEWAY)

    def _wire(self, near: str, near_end: str, far: str, far_end: str, far_mac: str) -> None:
        queues = ("numtxqueues", "1", "numrxqueues", "1")
        self._ip("-n", near, "link", "add", near_end, *queues, "type", "veth",
                 "peer", "name", far_end, "address", far_mac, *queues, "netns", far)
        self._ip("-n", near, "link", "set", near_end, "up")
        self._without_offloads(far, far_end)
        self._ip("-n", far, "link", "set", far_end, "up")

    def _give_address(self, host: Host) -> None:
        self._ip("-n", self.netns(host), "address", "add", f"{host.ip}/{host.prefix_length}",
                 "dev", host.interface)

    @staticmethod
    def _without_offloads(name: str, interface: str) -> None:
        netns.run(name, "ethtool", "-K", interface, *OFFLOADS)

    @staticmethod
    def _set(name: str, key: str, value: str) -> None:
        netns.run(name, "sh", "-c", f"echo {value} > /proc/sys/{key}")

    @staticmethod
    def _ip(*argv: str) -> None:
        done = subprocess.run(["ip", *argv], text=True, capture_output=True, check=False)
        if done.returncode != 0:
            raise RuntimeError(f"ip {' '.join(argv)}: {done.stderr.strip()}")
