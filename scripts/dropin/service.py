# SPDX-License-Identifier: BSD-2-Clause
"""Both programs as one service: in the foreground or as a daemon, with rtpproxy's signals.

The control plane is started when the data plane runs, so that its first command is served. Whichever
program ends by itself is started again and the other one goes on; the service ends when the control
plane has drained, when it is told to, or when a program does not start."""

import asyncio
import contextlib
import grp
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

import tomli_w

from dropin import log, options
from dropin.options import Options, Refusal
from dropin.sockets import ControlSockets

ROOT = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("MEDIAPLANE_BUILD", ROOT / "build")).resolve()
DEFAULT_PID_FILE = "/var/run/rtpproxy.pid"
STOP_SIGNALS = ("TERM", "INT", "USR1", "USR2", "XCPU", "XFSZ", "VTALRM", "PROF")
STOP_TIMEOUT = 5.0
LAST_LINES_TIMEOUT = 0.5
MOST_RESTARTS = 5  # In RESTART_PERIOD seconds; more, and something is broken for good.
RESTART_PERIOD = 10.0
RESTART_PAUSE = 0.2


def program(name: str) -> str:
    """mediaplane's program of that name, from the build folder or from PATH."""
    built = BUILD / name / f"mediaplane-{name}"
    found = str(built) if built.exists() else shutil.which(built.name)
    if found is None:
        raise Refusal(f"{built} is not built: meson setup build && ninja -C build")
    return found


def answer(question: str) -> int:
    if question == "help":
        print(options.HELP, end="")
        return 0
    return subprocess.run([program("controlplane"), f"--{question}"], check=False).returncode


class Child:
    """One of the programs, as it runs at present."""

    def __init__(self, name: str, prefix: list[str], directory: Path):
        self.name = name
        self.command = [*prefix, program(name), "-c", str(directory / "mediaplane.toml")]
        self.notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        self.notify.bind(str(directory / f"{name}.notify"))
        os.chmod(directory / f"{name}.notify", 0o666)
        self.process: asyncio.subprocess.Process | None = None
        self.ready = asyncio.Event()
        self.sockets: list[int] = []

    def is_heard_ready(self) -> bool:
        return b"READY=1" in self.notify.recv(4096).split(b"\n")

    def send(self, number: int):
        if self.process is not None and self.process.returncode is None:
            with contextlib.suppress(ProcessLookupError):  # Ended, but not waited for yet.
                self.process.send_signal(number)


class Service:
    def __init__(self, wanted: Options, directory: Path, sockets: ControlSockets):
        self.log = log.Log(wanted)
        self.status = 0
        self.is_draining = False
        self.end: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        # The last of all: the kernel forgets it when a process changes its user or group.
        tied = ["setpriv", "--pdeathsig", "TERM", "--"]
        self.dataplane = Child("dataplane", [*group_arguments(wanted), *tied], directory)
        user = [*user_arguments(wanted), *sockets.command(), *tied]
        self.controlplane = Child("controlplane", user, directory)
        self.controlplane.sockets = sockets.descriptors
        self.children = [self.controlplane, self.dataplane]

    async def run(self, on_ready) -> int:
        loop = asyncio.get_running_loop()
        for name in STOP_SIGNALS:
            loop.add_signal_handler(signal.Signals["SIG" + name], self.stop, name)
        loop.add_signal_handler(signal.SIGHUP, self.drain)
        for child in self.children:
            loop.add_reader(child.notify, self.hear, child)
        keeper = asyncio.create_task(self.keep_both(on_ready))
        self.status = max(self.status, await self.end)
        for child in self.children:
            await self.finish(child)
        await asyncio.wait([keeper], timeout=LAST_LINES_TIMEOUT)
        keeper.cancel()
        return self.status

    def stop(self, name: str):
        if self.end.done():  # The second time is meant.
            for child in self.children:
                child.send(signal.SIGKILL)
            self.status = 128 + signal.Signals["SIG" + name]
            return
        self.log.say("info", f"SIG{name}: stopping")
        self.end.set_result(0)

    def hear(self, child: Child):
        if not child.is_heard_ready():
            return
        child.ready.set()
        if self.is_draining and child is self.controlplane:
            child.send(signal.SIGHUP)

    def drain(self):
        self.is_draining = True
        # Before that it would die of it.
        if self.controlplane.ready.is_set():
            self.controlplane.send(signal.SIGHUP)

    async def keep_both(self, on_ready):
        dataplane = asyncio.create_task(self.keep(self.dataplane))
        await self.dataplane.ready.wait()
        controlplane = asyncio.create_task(self.keep(self.controlplane))
        await self.controlplane.ready.wait()
        on_ready()
        await asyncio.gather(dataplane, controlplane)

    async def keep(self, child: Child):
        """Starts the program again and again, as long as that makes sense."""
        starts: list[float] = []
        now = asyncio.get_running_loop().time
        while not self.end.done():
            starts = [start for start in starts if start > now() - RESTART_PERIOD] + [now()]
            status = await self.run_once(child)
            if self.end.done():
                return
            is_drained = child is self.controlplane and status == 0
            if is_drained or not child.ready.is_set() or len(starts) > MOST_RESTARTS:
                self.end.set_result(0 if is_drained else 1)
                return
            self.log.say("error", f"the {child.name} ended ({status}); it is started again")
            await asyncio.sleep(RESTART_PAUSE)

    async def run_once(self, child: Child) -> int:
        hidden = ("NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID")
        environment = {key: value for key, value in os.environ.items() if key not in hidden}
        child.process = await asyncio.create_subprocess_exec(
            *child.command,
            stdin=subprocess.DEVNULL,
            stdout=self.log.stream,
            stderr=self.log.stream,
            pass_fds=child.sockets,
            env=environment | {"NOTIFY_SOCKET": child.notify.getsockname()},
        )
        await self.log.carry(child.process)
        return await child.process.wait()

    async def finish(self, child: Child):
        child.send(signal.SIGTERM)
        if child.process is None:
            return
        try:
            await asyncio.wait_for(child.process.wait(), STOP_TIMEOUT)
        except asyncio.TimeoutError:
            child.send(signal.SIGKILL)
            await child.process.wait()


def user_arguments(wanted: Options) -> list[str]:
    if "-u" not in wanted.values:
        return []
    user, group = user_and_group(wanted.values["-u"])
    return ["setpriv", f"--reuid={user}", f"--regid={group}", "--init-groups", "--"]


def group_arguments(wanted: Options) -> list[str]:
    """The data plane keeps its rights, and its socket is for the control plane's group."""
    if "-u" not in wanted.values:
        return []
    _, group = user_and_group(wanted.values["-u"])
    return ["setpriv", f"--regid={group}", "--keep-groups", "--"]


def user_and_group(argument: str) -> tuple[int, int]:
    """Without a group it is the user's own."""
    name, _, group = argument.partition(":")
    try:
        user = pwd.getpwuid(int(name)) if name.isdecimal() else pwd.getpwnam(name)
        if not group:
            return user.pw_uid, user.pw_gid
        return user.pw_uid, int(group) if group.isdecimal() else grp.getgrnam(group).gr_gid
    except (KeyError, OverflowError):
        raise Refusal(f"-u {argument}: no such user or group") from None


def write_configuration(config: dict, directory: Path):
    config["dataplane"].setdefault("socket", str(directory / "dataplane.sock"))
    file = directory / "mediaplane.toml"
    file.write_text(tomli_w.dumps(config))
    file.chmod(0o644)  # Whatever the umask is: the control plane may be another user.
    # What is wrong with it is said once, by one program.
    command = [program("controlplane"), "--check", "-c", str(file)]
    checked = subprocess.run(command, capture_output=True, text=True, check=False)
    if checked.returncode != 0:
        raise Refusal("the configuration that the options come to is wrong:\n" + checked.stderr)


def become_daemon(stay_here: bool) -> int:
    """Goes on in a child of init; returns a descriptor that the starting process waits on."""
    reading, writing = os.pipe()
    if os.fork() != 0:
        for name in (*STOP_SIGNALS, "HUP"):
            signal.signal(signal.Signals["SIG" + name], signal.SIG_DFL)
        os.close(writing)
        status = os.read(reading, 1)
        os._exit(status[0] if status else 1)
    os.close(reading)
    os.setsid()
    if os.fork() != 0:
        os._exit(0)
    if not stay_here:
        os.chdir("/")
    return writing


def notify_manager():
    path = os.environ.get("NOTIFY_SOCKET", "")
    if path:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
            manager.sendto(b"READY=1", path.replace("@", "\0", 1) if path[0] == "@" else path)


def run(wanted: Options, config: dict) -> int:
    for note in wanted.notes:
        print(f"rtpproxy: {note}", file=sys.stderr)
    owner = user_and_group(wanted.values["-u"]) if "-u" in wanted.values else None
    # Until the service takes signals there is nothing to stop, but something to clean up.
    for name in (*STOP_SIGNALS, "HUP"):
        signal.signal(signal.Signals["SIG" + name], lambda *_: sys.exit(0))
    pid_file = Path(wanted.values.get("-p", DEFAULT_PID_FILE)).absolute()
    place = os.environ.get("RUNTIME_DIRECTORY", "/run" if os.access("/run", os.W_OK) else None)
    with tempfile.TemporaryDirectory(prefix="rtpproxy-", dir=place) as name:
        directory = Path(name)
        directory.chmod(0o755)
        write_configuration(config, directory)
        sockets = ControlSockets(config["control"], owner)
        waiting = None if "-f" in wanted.switches else become_daemon("-D" in wanted.switches)

        def on_ready():
            try:
                pid_file.write_text(f"{os.getpid()}\n")
            except OSError as error:
                print(f"rtpproxy: {pid_file}: {error.strerror}", file=sys.stderr)
            notify_manager()
            if waiting is not None:
                os.write(waiting, b"\0")
                detach_streams()

        async def serve() -> int:
            return await Service(wanted, directory, sockets).run(on_ready)

        status = asyncio.run(serve())
        sockets.remove()
        if pid_file.is_file() and pid_file.read_text() == f"{os.getpid()}\n":
            pid_file.unlink()
        return status


def detach_streams():
    null = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(null, stream)
