# SPDX-License-Identifier: BSD-2-Clause
"""The Unix control sockets, made here and handed over to the control plane as systemd would: with the
rights of whoever starts the service, whatever user the control plane runs as, and open while it is
started again, so that a SIP proxy waits for its answer instead of being refused."""

import contextlib
import fcntl
import os
import socket
import stat
from pathlib import Path

from dropin.options import Refusal

FIRST = 3  # Where sd_listen_fds() looks.
ABOVE_ALL = 100
BACKLOG = 4096


def handed_over() -> list[int]:
    """Descriptors that this process got from its service manager."""
    count = int(os.environ.get("LISTEN_FDS", "0"))
    is_ours = os.environ.get("LISTEN_PID") == str(os.getpid())
    return list(range(FIRST, FIRST + count)) if is_ours else []


# Before any fork: a daemon has another process id.
HANDED_OVER = handed_over()


def path_of(name: str) -> str | None:
    scheme, _, path = name.partition(":")
    return path if scheme in ("unix", "cunix") else None


def handed_over_paths() -> set[str]:
    paths = set()
    for descriptor in HANDED_OVER:
        with socket.socket(fileno=os.dup(descriptor)) as listener:
            paths.add(str(listener.getsockname()))
    return paths


class ControlSockets:
    def __init__(self, control: dict, owner: tuple[int, int] | None):
        mode = int(control.get("mode", "0660"), 8)
        known = handed_over_paths()
        self.paths: list[str] = []
        self.descriptors = [fcntl.fcntl(fd, fcntl.F_DUPFD, ABOVE_ALL) for fd in HANDED_OVER]
        for path in filter(None, map(path_of, control["listen"])):
            if path not in known:
                self.descriptors.append(listen(path, mode, owner))
                self.paths.append(path)

    def command(self) -> list[str]:
        """Starts what follows it with the sockets where sd_listen_fds() looks for them."""
        if not self.descriptors:
            return []
        moves = " ".join(f"{FIRST + i}<&{fd}" for i, fd in enumerate(self.descriptors))
        count = len(self.descriptors)
        return ["bash", "-c", f'LISTEN_PID=$$ LISTEN_FDS={count} exec "$0" "$@" {moves}']

    def remove(self):
        for path in self.paths:
            with contextlib.suppress(OSError):
                os.unlink(path)


def listen(path: str, mode: int, owner: tuple[int, int] | None) -> int:
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        make_room(path)
        listener.bind(path)
        os.chmod(path, mode)
        if owner is not None:
            os.chown(path, *owner)
        listener.listen(BACKLOG)
    except OSError as error:
        raise Refusal(f"control socket {path}: {error.strerror or error}") from None
    return fcntl.fcntl(listener.detach(), fcntl.F_DUPFD, ABOVE_ALL)


def make_room(path: str):
    """A socket that nobody serves any more is replaced."""
    if not Path(path).exists():
        return
    if not stat.S_ISSOCK(os.stat(path).st_mode):
        raise Refusal(f"control socket {path}: there is a file of another kind")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        try:
            probe.connect(path)
        except ConnectionRefusedError:
            os.unlink(path)
        else:
            raise Refusal(f"control socket {path}: another program serves it")
