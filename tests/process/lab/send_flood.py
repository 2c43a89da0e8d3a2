# SPDX-License-Identifier: BSD-2-Clause
"""A host that sends very many frames. As a program, at the interface of its namespace:

    send_flood.py INTERFACE KIND SECONDS RATE SOURCE-MAC SOURCE-IP RELAY-MAC RELAY-IP RELAY-IP6

KIND is one of KINDS. It says how many frames it sent."""

import socket
import struct
import sys
import time

SENDERS = 20000
AT_ONCE = 50
SOL_PACKET, PACKET_QDISC_BYPASS = 263, 20


def checksum(data: bytes) -> int:
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    total = (total & 0xFFFF) + (total >> 16)
    return ~(total + (total >> 16)) & 0xFFFF


class Frames:
    def __init__(self, mac: str, ip: str, relay_mac: str, relay_ip: str, relay_ip6: str):
        self._mac, self._relay_mac = (bytes.fromhex(m.replace(":", "")) for m in (mac, relay_mac))
        self._ip, self._relay_ip = socket.inet_aton(ip), socket.inet_aton(relay_ip)
        self._relay_ip6 = socket.inet_pton(socket.AF_INET6, relay_ip6)

    def arp(self, number: int, operation: int = 1, victim: bytes | None = None) -> bytes:
        """Each from another station."""
        mac = b"\x06\x00" + number.to_bytes(4, "big")
        ip = victim or b"\x0b" + number.to_bytes(3, "big")
        to = self._relay_mac if operation == 2 else b"\xff" * 6
        return (to + mac + b"\x08\x06" + struct.pack("!HHBBH", 1, 0x0800, 6, 4, operation) +
                mac + ip + bytes(6) + self._relay_ip).ljust(60, b"\0")

    def answers(self, number: int) -> bytes:
        return self.arp(number, 2)

    def _ip6(self, mac: bytes, number: int, hops: int, message: bytes) -> bytes:
        source = bytes.fromhex("20010db80018") + number.to_bytes(10, "big")
        pseudo = source + self._relay_ip6 + struct.pack("!II", len(message), 58)
        whole = message[:2] + struct.pack("!H", checksum(pseudo + message)) + message[4:]
        return (self._relay_mac + mac + b"\x86\xdd" +
                struct.pack("!IHBB", 6 << 28, len(message), 58, hops) +
                source + self._relay_ip6 + whole)

    def solicitations(self, number: int) -> bytes:
        mac = b"\x06\x01" + number.to_bytes(4, "big")
        return self._ip6(mac, 0x10000 + number, 255, struct.pack("!BBHI", 135, 0, 0, 0) +
                         self._relay_ip6 + b"\x01\x01" + mac)

    def echo6(self, number: int) -> bytes:
        return self._ip6(self._mac, 0x66, 64, struct.pack("!BBHHH", 128, 0, 0, 1, number) +
                         bytes(32))

    def echo(self, number: int) -> bytes:
        message = struct.pack("!BBHHH", 8, 0, 0, 1, number) + bytes(32)
        message = message[:2] + struct.pack("!H", checksum(message)) + message[4:]
        header = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(message), 0, 0, 64, 1, 0)
        header += self._ip + self._relay_ip
        header = header[:10] + struct.pack("!H", checksum(header)) + header[12:]
        return self._relay_mac + self._mac + b"\x08\x00" + header + message


KINDS = ("arp", "answers", "solicitations", "echo", "echo6")


def main(interface: str, kind: str, seconds: str, rate: str, *stations: str) -> None:
    make = getattr(Frames(*stations), kind)
    frames = [make(number) for number in range(SENDERS)]
    sender = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
    sender.setsockopt(SOL_PACKET, PACKET_QDISC_BYPASS, 1)
    sender.bind((interface, 0))
    print("begins", flush=True)
    sent, start = 0, time.monotonic()
    while (now := time.monotonic() - start) < float(seconds):
        if sent > now * float(rate):
            time.sleep(0.001)
            continue
        for frame in frames[sent % SENDERS:][:AT_ONCE]:
            sender.send(frame)
        sent += AT_ONCE
    print(f"sent {sent}", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
