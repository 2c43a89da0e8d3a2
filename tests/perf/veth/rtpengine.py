# SPDX-License-Identifier: BSD-2-Clause
"""Debian's rtpengine, all of it in user space, driven through its ng protocol: a bencoded dictionary
behind a cookie, in a datagram."""

import re
import shutil
import socket

import topology
from lab import netns
from lab.control import Call, Endpoint
from lab.process import Process

PROGRAM = "rtpengine"
CONTROL = ("127.0.0.1", 2223)


def encode(value) -> bytes:
    if isinstance(value, dict):
        return b"d" + b"".join(encode(k) + encode(v) for k, v in sorted(value.items())) + b"e"
    if isinstance(value, list):
        return b"l" + b"".join(encode(each) for each in value) + b"e"
    return f"{len(value.encode())}:{value}".encode()


def text_of(answer: bytes, key: str) -> str | None:
    """A text of the dictionary, found by its key."""
    found = re.search(rb"%d:%s(\d+):" % (len(key), key.encode()), answer)
    return answer[found.end():found.end() + int(found[1])].decode() if found else None


def sdp(at: Endpoint) -> str:
    lines = ("v=0", f"o=- 1 1 IN IP4 {at.ip}", "s=-", f"c=IN IP4 {at.ip}", "t=0 0",
             f"m=audio {at.port} RTP/AVP 0", "a=rtpmap:0 PCMU/8000")
    return "".join(line + "\r\n" for line in lines)


def endpoint_of(text: str) -> Endpoint:
    return Endpoint(re.search(r"^c=IN IP4 (\S+)", text, re.MULTILINE)[1],
                    int(re.search(r"^m=audio (\d+)", text, re.MULTILINE)[1]))


class Rtpengine:
    name = "rtpengine"

    def __init__(self, folder, cpu: int):
        self._log = folder / "rtpengine.log"
        self._cpu = cpu
        self._cookie = 0

    @staticmethod
    def is_missing() -> str | None:
        return None if shutil.which(PROGRAM) else "the package rtpengine-daemon is not installed"

    def start(self) -> None:
        topology.give_kernel_addresses()
        interfaces = [f"--interface={party.name}/{party.relay_ip}" for party in topology.PARTIES]
        command = [*topology.FIRST, "taskset", "-c", str(self._cpu), PROGRAM, "--foreground", "--log-stderr",
                   "--log-level=6", "--table=-1", "--num-threads=1", *interfaces,
                   f"--listen-ng={CONTROL[0]}:{CONTROL[1]}", "--pidfile=/dev/null",
                   "--config-file=none", "--port-min=30000", "--port-max=40000"]
        self._process = Process(netns.command(topology.RELAY, *command), pinned=False, log=self._log)
        self._process.wait_for_line("Startup complete")
        with netns.inside(topology.RELAY):
            self._control = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._control.settimeout(5)
        self._control.connect(CONTROL)

    def _ask(self, command: dict) -> bytes:
        self._cookie += 1
        self._control.send(f"{self._cookie} ".encode() + encode(command))
        answer = self._control.recv(65535)
        assert text_of(answer, "result") == "ok", answer
        return answer

    def set_up(self, call_id: str, caller: Endpoint, callee: Endpoint) -> Call:
        names = [party.name for party in topology.PARTIES]
        common = {"call-id": call_id, "from-tag": "f", "ICE": "remove", "replace": ["origin"]}
        offer = {"command": "offer", "sdp": sdp(caller), "direction": names, **common}
        answer = {"command": "answer", "sdp": sdp(callee), "to-tag": "t", **common}
        for_callee, for_caller = (endpoint_of(text_of(self._ask(ask), "sdp"))
                                  for ask in (offer, answer))
        return Call(call_id, for_caller, for_callee)

    def pids(self) -> list[int]:
        return [self._process.popen.pid]

    def stop(self) -> None:
        assert self._process.is_running(), f"rtpengine has ended:\n{self._process.output[-2000:]}"
        self._control.close()
        self._process.kill()
        topology.take_kernel_addresses()
