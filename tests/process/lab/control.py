# SPDX-License-Identifier: BSD-2-Clause
"""rtpproxy's control protocol as a SIP proxy speaks it: one command for each connection.

Also a program: control.py SOCKET 'COMMAND' prints the answer.
"""

import dataclasses
import socket
import sys


@dataclasses.dataclass(frozen=True)
class Endpoint:
    ip: str
    port: int

    @property
    def rtcp(self) -> "Endpoint":
        return Endpoint(self.ip, self.port + 1)

    def is_ipv6(self) -> bool:
        return ":" in self.ip


@dataclasses.dataclass(frozen=True)
class Call:
    """The relay's endpoints: where each party sends to and hears from."""

    call_id: str
    for_caller: Endpoint
    for_callee: Endpoint


class Control:
    def __init__(self, path: str):
        self.path = str(path)

    def connect(self, timeout: float = 5) -> socket.socket:
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        connection.settimeout(timeout)
        connection.connect(self.path)
        return connection

    def __call__(self, command: str, timeout: float = 5) -> str:
        with self.connect(timeout) as connection:
            connection.sendall(command.encode() + b"\n")
            answer = connection.recv(1024).decode()
        assert answer.endswith("\n"), f"{command}: answer {answer!r}"
        return answer[:-1]

    def endpoint(self, command: str) -> Endpoint:
        answer = self(command)
        port, ip, *family = answer.split(" ")
        assert family == (["6"] if ":" in ip else []), f"{command}: answer {answer!r}"
        return Endpoint(ip, int(port))

    def set_up(self, call_id: str, caller: Endpoint, callee: Endpoint, networks: str = "") -> Call:
        """`networks`: the direction letters of bridged calls, of caller and callee."""
        def letters(party: Endpoint) -> str:
            return networks + ("6" if party.is_ipv6() else "")
        for_callee = self.endpoint(f"U{letters(caller)} {call_id} {caller.ip} {caller.port} f")
        for_caller = self.endpoint(f"L{letters(callee)} {call_id} {callee.ip} {callee.port} f t")
        return Call(call_id, for_caller, for_callee)

    def hang_up(self, call: Call) -> None:
        assert self(f"D {call.call_id} f t") == "0"


if __name__ == "__main__":
    print(Control(sys.argv[1])(" ".join(sys.argv[2:])))
