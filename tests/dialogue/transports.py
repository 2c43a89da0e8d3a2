# SPDX-License-Identifier: BSD-2-Clause
"""How a step travels over each transport: what is written, and where its reply ends."""

import socket
from pathlib import Path

from dialogues import Step

REPLY_TIMEOUT = 5.0


class Unix:
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
        if not reply:
            return ["(closed)"]
        assert reply.endswith(b"\n") and not reply.endswith(b"\n\n"), reply
        return reply.decode("latin-1").splitlines()

    def close(self):
        pass


TRANSPORTS = {"unix": Unix}
