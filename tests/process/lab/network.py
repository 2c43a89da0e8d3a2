# SPDX-License-Identifier: BSD-2-Clause
"""The namespaces and the wires between them.

Kernel ends have no checksum or segmentation offload (a veth would hand the relay packets with
unfinished checksums), no IPv6 but where add_ipv6() gives it, and one queue. The relay's interface has no address: the
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
PROXY = Host("proxy", "198.18.0.50", "02:00:00:00:00:50")
MALLORY = Host("mallory", "198.18.0.66", "02:00:00:00:00:66")
ROUTER = Host("router", "198.18.0.254", "02:00:00:00:00:fe")
FAR = Host("far", "203.0.113.10", "02:00:00:00:01:10")
FAR_GATEWAY = "203.0.113.254"
# A second network, on a wire of its own to a second interface of the relay.
INSIDE_RELAY = Host("relay", "10.9.0.1", "02:00:00:00:02:01", interface="mp-inside")
CAROL = Host("carol", "10.9.0.10", "02:00:00:00:02:10")
INSIDE_PROXY = Host("proxy", "10.9.0.50", "02:00:00:00:02:50", interface="eth1")

# The same hosts in IPv6. The router's address on the switch is link-local, as in most networks.
IP6 = {RELAY: "2001:db8:18::1", ALICE: "2001:db8:18::10", BOB: "2001:db8:18::20",
       PROXY: "2001:db8:18::50", MALLORY: "2001:db8:18::66", FAR: "2001:db8:19::10"}
ROUTER6 = "fe80::fe"
FAR_GATEWAY6 = "2001:db8:19::fe"

ON_THE_SWITCH = (RELAY, ALICE, BOB, PROXY, MALLORY, ROUTER)
SWITCH = "switch"
ALL_NETNS = (SWITCH, FAR.name, CAROL.name, *(host.name for host in ON_THE_SWITCH))
OFFLOADS = ("tx", "off", "rx", "off", "gso", "off", "tso", "off", "gro", "off")


def up() -> None:
    for name in ALL_NETNS:
        _ip("netns", "add", name)
        _set(name, "net/ipv6/conf/all/disable_ipv6", "1")
        _set(name, "net/ipv6/conf/default/disable_ipv6", "1")
        _ip("-n", name, "link", "set", "lo", "up")
    _make_switch()
    for host in ON_THE_SWITCH:
        _plug_in(host)
    _make_far_side()
    _make_inside()


def add_ipv6() -> None:
    """Addresses and routes to all but the relay, whose kernel stays out of it. No addresses are made
    up, nothing is advertised, and no address waits for its duplicate to answer."""
    for host in (ALICE, BOB, PROXY, MALLORY, FAR, ROUTER):
        for key, value in (("addr_gen_mode", 1), ("accept_ra", 0), ("disable_ipv6", 0)):
            netns.run(host.name, "sh", "-c", f"for f in /proc/sys/net/ipv6/conf/*/{key};"
                      f" do echo {value} > $f; done")
    _set(ROUTER.name, "net/ipv6/conf/all/forwarding", "1")
    for host in (ALICE, BOB, PROXY, MALLORY, FAR):
        _give_address6(host.name, host.interface, IP6[host])
    _give_address6(ROUTER.name, ROUTER.interface, ROUTER6)
    _give_address6(ROUTER.name, "eth1", FAR_GATEWAY6)
    _give_address6(ROUTER.name, "eth1", ROUTER6)  # From which a router asks for hosts.
    _ip("-n", ROUTER.name, "-6", "route", "add", "2001:db8:18::/64", "dev", ROUTER.interface)
    for host in (ALICE, BOB, MALLORY):
        _ip("-n", host.name, "-6", "route", "add", "default", "via", ROUTER6, "dev", host.interface)
    _ip("-n", FAR.name, "-6", "route", "add", "default", "via", FAR_GATEWAY6)


def add_proxy_inside() -> None:
    """A wire of its own between Carol and the proxy, as if it were on the second network too."""
    _wire(CAROL.name, "to-proxy", PROXY.name, INSIDE_PROXY.interface, INSIDE_PROXY.mac)
    _give_address(INSIDE_PROXY)
    _ip("-n", CAROL.name, "route", "add", INSIDE_PROXY.ip, "dev", "to-proxy", "src", CAROL.ip)


def down() -> None:
    for name in ALL_NETNS:
        subprocess.run(["ip", "netns", "delete", name], check=False, capture_output=True)


def _make_switch() -> None:
    # Where the kernel has br_netfilter, its bridge throws malformed packets away before the relay
    # can see them.
    netns.run(SWITCH, "sh", "-c", "for f in /proc/sys/net/bridge/bridge-nf-call-*; do"
              " [ ! -e $f ] || echo 0 > $f; done")
    _ip("-n", SWITCH, "link", "add", "br0", "type", "bridge", "stp_state", "0",
        "forward_delay", "0", "mcast_snooping", "0")
    _ip("-n", SWITCH, "link", "set", "br0", "up")


def _plug_in(host: Host) -> None:
    port = f"to-{host.name}"
    _wire(SWITCH, port, host.name, host.interface, host.mac)
    _ip("-n", SWITCH, "link", "set", port, "master", "br0")
    if host is not RELAY:
        _give_address(host)
    if host in (ALICE, BOB, MALLORY):
        _ip("-n", host.name, "route", "add", "default", "via", ROUTER.ip)


def _make_far_side() -> None:
    _wire(ROUTER.name, "eth1", FAR.name, FAR.interface, FAR.mac)
    _ip("-n", ROUTER.name, "address", "add", f"{FAR_GATEWAY}/24", "dev", "eth1")
    _without_offloads(ROUTER.name, "eth1")
    _set(ROUTER.name, "net/ipv4/ip_forward", "1")
    _give_address(FAR)
    _ip("-n", FAR.name, "route", "add", "default", "via", FAR_GATEWAY)


def _make_inside() -> None:
    _wire(CAROL.name, CAROL.interface, RELAY.name, INSIDE_RELAY.interface, INSIDE_RELAY.mac)
    _ip("-n", CAROL.name, "link", "set", CAROL.interface, "address", CAROL.mac)
    _without_offloads(CAROL.name, CAROL.interface)
    _give_address(CAROL)


def _wire(near: str, near_end: str, far: str, far_end: str, far_mac: str) -> None:
    queues = ("numtxqueues", "1", "numrxqueues", "1")
    _ip("-n", near, "link", "add", near_end, *queues, "type", "veth",
        "peer", "name", far_end, "address", far_mac, *queues, "netns", far)
    _ip("-n", near, "link", "set", near_end, "up")
    _without_offloads(far, far_end)
    _ip("-n", far, "link", "set", far_end, "up")


def _give_address(host: Host) -> None:
    _ip("-n", host.name, "address", "add", f"{host.ip}/{host.prefix_length}", "dev",
        host.interface)


def _give_address6(name: str, interface: str, ip: str) -> None:
    _ip("-n", name, "address", "add", f"{ip}/64", "dev", interface, "nodad")


def _without_offloads(name: str, interface: str) -> None:
    netns.run(name, "ethtool", "-K", interface, *OFFLOADS)


def _set(name: str, key: str, value: str) -> None:
    netns.run(name, "sh", "-c", f"echo {value} > /proc/sys/{key}")


def _ip(*argv: str) -> None:
    done = subprocess.run(["ip", *argv], text=True, capture_output=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"ip {' '.join(argv)}: {done.stderr.strip()}")
