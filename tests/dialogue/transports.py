# SPDX-License-Identifier: BSD-2-Clause
"""How a step travels over each transport: what is written, and where its reply ends.

A step is written without a newline where the transport needs none, and as it stands where the
dialogue says how (raw, batch, chunks)."""

import itertools
import socket
from pathlib import Path

from dialogues import Step

REPLY_TIMEOUT = 5.0
SILENCE = 0.3


def lines_of(reply: bytes) -> list[str]:
    assert reply.endswith(b"\n") and not reply.endswith(b"\n\n"), reply
    return reply.decode("latin-1").splitlines()


def free_port(family: socket.AddressFamily, kind: socket.SocketKind, host: str) -> int:
    with socket.socket(family, kind) as probe:
        probe.bind((host, 0))
        return probe.getsockname()[1]


class OneShot:
    """A connection for each command, closed by the server."""

    def __init__(self, directory: Path):
        self.path = str(directory / "control.sock")
        self.listen = "unix:" + self.path

    def exchange(self, step: Step) -> list[str]:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.settimeout(REPLY_TIMEOUT)
            try:
                connection.connect(self.path)
            except OSError:
                return ["(cannot connect)"]
            if step.sent:
                connection.sendall(step.sent.encode("latin-1"))
            else:
                connection.shutdown(socket.SHUT_WR)
            reply = b""
            while piece := connection.recv(65536):
                reply += piece
        return lines_of(reply) if reply else ["(closed)"]

    def close(self):
        pass


class Lines:
    """One connection that stays, with commands and replies as lines."""

    def __init__(self, listen: str, family: socket.AddressFamily, address):
        self.listen = listen
        self.family = family
        self.address = address
        self.connection: socket.socket | None = None

    def exchange(self, step: Step) -> list[str]:
        if self.connection is None:
            self.connection = socket.socket(self.family, socket.SOCK_STREAM)
            self.connection.connect(self.address)
        for piece in self.pieces(step):
            self.connection.sendall(piece.encode("latin-1"))
        if step.expected == ["(silence)"]:
            return ["(silence)"] if not self.receive(SILENCE) else ["(a reply)"]
        reply = b""
        while reply.count(b"\n") < len(step.expected):
            piece = self.receive(REPLY_TIMEOUT)
            if not piece:
                return ["(closed)"]
            reply += piece
        return lines_of(reply)

    @staticmethod
    def pieces(step: Step) -> list[str]:
        if step.how == "chunks":
            return step.sent.split(" | ")
        return [step.sent if step.how else step.sent + "\n"]

    def receive(self, timeout: float) -> bytes:
        self.connection.settimeout(timeout)
        try:
            return self.connection.recv(65536)
        except (TimeoutError, ConnectionResetError):
            return b""

    def close(self):
        if self.connection is not None:
            self.connection.close()


class Datagrams:
    """A datagram for each command, whose cookie is part of the dialogue."""

    def __init__(self, scheme: str, family: socket.AddressFamily, host: str):
        port = free_port(family, socket.SOCK_DGRAM, host)
        self.listen = f"{scheme}:{host}:{port}"
        self.socket = socket.socket(family, socket.SOCK_DGRAM)
        self.socket.settimeout(REPLY_TIMEOUT)
        self.socket.connect((host, port))

    def exchange(self, step: Step) -> list[str]:
        self.socket.send((step.sent if step.how else step.sent + "\n").encode("latin-1"))
        return lines_of(self.socket.recv(65536))

    def close(self):
        self.socket.close()


class CookieDatagrams(Datagrams):
    """Commands without cookies: each gets one, and its reply must begin with it."""

    cookies = itertools.count(1)

    def exchange(self, step: Step) -> list[str]:
        cookie = f"cookie{next(self.cookies)} "
        self.socket.send((cookie + step.sent).encode("latin-1"))
        replies = lines_of(self.socket.recv(65536))
        assert replies[0].startswith(cookie), replies
        return [replies[0].removeprefix(cookie), *replies[1:]]


def unix_stream(directory: Path) -> Lines:
    path = str(directory / "lines.sock")
    return Lines("cunix:" + path, socket.AF_UNIX, path)


def tcp(scheme: str, family: socket.AddressFamily, host: str) -> Lines:
    port = free_port(family, socket.SOCK_STREAM, host)
    return Lines(f"{scheme}:{host}:{port}", family, (host, port))


TRANSPORTS = {
    "unix": OneShot,
    "cunix": unix_stream,
    "tcp": lambda _: tcp("tcp", socket.AF_INET, "127.0.0.1"),
    "tcp6": lambda _: tcp("tcp6", socket.AF_INET6, "::1"),
    "udp": lambda _: Datagrams("udp", socket.AF_INET, "127.0.0.1"),
    "udp6": lambda _: Datagrams("udp6", socket.AF_INET6, "::1"),
}
