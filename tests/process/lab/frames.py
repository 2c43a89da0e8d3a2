# SPDX-License-Identifier: BSD-2-Clause
"""Frames and payloads for the tests that speak to the relay without a kernel between."""

import random
import struct
from typing import Callable

from scapy.layers.inet import IP, UDP
from scapy.layers.l2 import ARP, Ether
from scapy.packet import Packet, Raw

from lab.control import Endpoint
from lab.network import RELAY, Host

BROADCAST = "ff:ff:ff:ff:ff:ff"


def rtp(sequence: int, ssrc: int = 0x51515151, size: int = 160) -> bytes:
    """Well-formed RTP of payload type 0 whose samples tell the packets apart."""
    header = struct.pack("!BBHII", 0x80, 0, sequence & 0xFFFF, 160 * sequence & 0xFFFFFFFF, ssrc)
    return header + bytes((sequence + i) & 0xFF for i in range(size))


def to_relay(host: Host, port: int, relay: Endpoint, payload: bytes, *, ip: dict | None = None,
             udp: dict | None = None) -> Packet:
    """A media packet as the host sends it; `ip` and `udp` replace single fields."""
    return (Ether(src=host.mac, dst=RELAY.mac) /
            IP(**{"src": host.ip, "dst": relay.ip, "ttl": 30, "id": 7, "flags": "DF",
                  **(ip or {})}) /
            UDP(**{"sport": port, "dport": relay.port, **(udp or {})}) / Raw(payload))


def damaged(right: bytes, chance: random.Random) -> bytes:
    """Cut off and scribbled over anywhere behind the destination, but for the last byte of the source
    MAC: it tells the stations apart, and the switch would take this one for another."""
    frame = bytearray(right[:chance.randrange(14, len(right) + 1)])
    for _ in range(chance.randrange(8)):
        at = chance.choice((*range(6, 11), *range(12, len(frame))))
        frame[at] = chance.randrange(256)
    return bytes(frame)


def from_relay(relay: Endpoint, host: Host, port: int, payload: bytes, ip_id: int, *,
               udp: dict | None = None) -> bytes:
    """What the host must get then, all checksums computed anew."""
    return bytes(Ether(src=RELAY.mac, dst=host.mac) /
                 IP(src=relay.ip, dst=host.ip, ttl=64, tos=0xB8, id=ip_id) /
                 UDP(**{"sport": relay.port, "dport": port, **(udp or {})}) / Raw(payload))


def is_udp_from(relay: Endpoint) -> Callable[[Packet], bool]:
    return lambda frame: (UDP in frame and frame[IP].src == relay.ip
                          and frame[UDP].sport == relay.port)


def is_ip_from_relay(frame: Packet) -> bool:
    """The switch floods what it cannot place, so a host may see more than is sent to it."""
    return IP in frame and frame.src == RELAY.mac


def arp_question(asker: Host, wanted_ip: str) -> Packet:
    return Ether(src=asker.mac, dst=BROADCAST) / ARP(
        op="who-has", hwsrc=asker.mac, psrc=asker.ip, pdst=wanted_ip)


def arp_answer(ip: str, mac: str, asker: Host) -> Packet:
    return Ether(src=mac, dst=asker.mac) / ARP(
        op="is-at", hwsrc=mac, psrc=ip, hwdst=asker.mac, pdst=asker.ip)


def arp_announcement(ip: str, mac: str) -> Packet:
    return Ether(src=mac, dst=BROADCAST) / ARP(
        op="who-has", hwsrc=mac, psrc=ip, hwdst="00:00:00:00:00:00", pdst=ip)


def is_arp_answer_from(ip: str) -> Callable[[Packet], bool]:
    return lambda frame: ARP in frame and (frame[ARP].op, frame[ARP].psrc) == (2, ip)


def is_arp_question(asker_ip: str, wanted_ip: str) -> Callable[[Packet], bool]:
    return lambda frame: (ARP in frame and frame[ARP].op == 1
                          and (frame[ARP].psrc, frame[ARP].pdst) == (asker_ip, wanted_ip))


def assert_same(frame: Packet, expected: bytes) -> None:
    """Byte for byte, with both frames taken apart where they differ."""
    if bytes(frame) != expected:
        raise AssertionError(f"received\n{frame.show(dump=True)}\nexpected\n"
                             f"{Ether(expected).show(dump=True)}")
