# SPDX-License-Identifier: BSD-2-Clause
"""A control socket that stays open while the control plane is started again, as a socket unit of
systemd or scripts/rtpproxy hold it."""

import pathlib
import socket

FIRST_INHERITED = 3
BACKLOG = 4096


class Listener:
    def __init__(self, path: pathlib.Path):
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.bind(str(path))
        self._socket.listen(BACKLOG)

    @property
    def descriptor(self) -> int:
        return self._socket.fileno()

    def command(self, argv: list[str]) -> list[str]:
        """Starts a program that finds the socket where sd_listen_fds() looks for it."""
        script = f'LISTEN_PID=$$ LISTEN_FDS=1 exec "$@" {FIRST_INHERITED}<&{self.descriptor}'
        return ["bash", "-c", script, "bash", *argv]

    def close(self) -> None:
        self._socket.close()
