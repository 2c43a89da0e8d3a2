# SPDX-License-Identifier: BSD-2-Clause
"""IPv6 frames for the tests that speak to the relay without a kernel between."""

import socket
from typing import Callable

from scapy.layers.inet import UDP
from scapy.layers.inet6 import (ICMPv6ND_NA, ICMPv6ND_NS, ICMPv6NDOptDstLLAddr,
                                ICMPv6NDOptSrcLLAddr, IPv6)
from scapy.layers.l2 import Ether
from scapy.packet import Packet, Raw
from scapy.utils6 import in6_getnsma, in6_getnsmac

from lab.control import Endpoint
from lab.network import IP6, RELAY, Host

ALL_NODES, ALL_NODES_MAC = "ff02::1", "33:33:00:00:00:01"


def solicited_node(ip: str) -> tuple[str, str]:
    """The group where neighbours ask for the address, and its MAC."""
    group = in6_getnsma(socket.inet_pton(socket.AF_INET6, ip))
    return socket.inet_ntop(socket.AF_INET6, group), in6_getnsmac(group)


def to_relay6(host: Host, port: int, relay: Endpoint, payload: bytes, *, ip: dict | None = None,
              udp: dict | None = None, extensions: Packet | None = None) -> Packet:
    """A media packet as the host sends it; `ip` and `udp` replace single fields."""
    header = IPv6(**{"src": IP6[host], "dst": relay.ip, "hlim": 30, "tc": 1, "fl": 0xabcde,
                     **(ip or {})})
    datagram = UDP(**{"sport": port, "dport": relay.port, **(udp or {})}) / Raw(payload)
    packet = header / extensions / datagram if extensions else header / datagram
    return Ether(src=host.mac, dst=RELAY.mac) / packet


def from_relay6(relay: Endpoint, host: Host, port: int, payload: bytes) -> bytes:
    """What the host must get then, the checksum computed anew."""
    return bytes(Ether(src=RELAY.mac, dst=host.mac) /
                 IPv6(src=relay.ip, dst=IP6[host], hlim=64, tc=0xB8, fl=0) /
                 UDP(sport=relay.port, dport=port) / Raw(payload))


def is_udp6_from(relay: Endpoint) -> Callable[[Packet], bool]:
    return lambda frame: (IPv6 in frame and UDP in frame and frame[IPv6].src == relay.ip
                          and frame[UDP].sport == relay.port)


def solicitation(asker: Host, target: str, *, source: str | None = None, hlim: int = 255) -> Packet:
    """`source` "::" makes it a probe for duplicates."""
    group, mac = solicited_node(target)
    packet = (Ether(src=asker.mac, dst=mac) /
              IPv6(src=source or IP6[asker], dst=group, hlim=hlim) / ICMPv6ND_NS(tgt=target))
    return packet if source == "::" else packet / ICMPv6NDOptSrcLLAddr(lladdr=asker.mac)


def advertisement(ip: str, mac: str, to: Host | None = None) -> Packet:
    """To one host as if it had asked, or to all nodes."""
    return (Ether(src=mac, dst=to.mac if to else ALL_NODES_MAC) /
            IPv6(src=ip, dst=IP6[to] if to else ALL_NODES, hlim=255) /
            ICMPv6ND_NA(tgt=ip, R=0, S=1 if to else 0, O=1) / ICMPv6NDOptDstLLAddr(lladdr=mac))


def is_advertisement_of(ip: str) -> Callable[[Packet], bool]:
    return lambda frame: ICMPv6ND_NA in frame and frame[ICMPv6ND_NA].tgt == ip


def is_solicitation_of(ip: str, source: str) -> Callable[[Packet], bool]:
    return lambda frame: (ICMPv6ND_NS in frame and frame[ICMPv6ND_NS].tgt == ip
                          and frame[IPv6].src == source)
