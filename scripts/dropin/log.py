# SPDX-License-Identifier: BSD-2-Clause
"""Where the programs' lines go: as they are to the terminal; in the background, or when a level is
asked for, through here, to syslog or to the terminal."""

import asyncio
import contextlib
import re
import subprocess
import sys
import syslog

from dropin.options import LEVELS, Options, Refusal

PRIORITIES = {
    "debug": syslog.LOG_DEBUG,
    "info": syslog.LOG_INFO,
    "warning": syslog.LOG_WARNING,
    "error": syslog.LOG_ERR,
    "critical": syslog.LOG_CRIT,
}
ORDER = list(LEVELS.values())
# "2026-01-02 03:04:05.678 mediaplane-dataplane[99] info: ready"
LINE = re.compile(r"^\S+ \S+ (\S+\]) (\w+): (.*)$")


class Log:
    def __init__(self, wanted: Options):
        self.is_daemon = "-f" not in wanted.switches
        self.least = ORDER.index(wanted.level or "info")
        is_direct = not self.is_daemon and wanted.level is None
        self.stream = None if is_direct else subprocess.PIPE
        if self.is_daemon:
            facility = getattr(syslog, wanted.facility, None)
            if facility is None:
                raise Refusal(f"-d: {wanted.facility} is no facility of syslog, as LOG_LOCAL5 is")
            syslog.openlog("rtpproxy", syslog.LOG_PID, facility)

    def say(self, level: str, text: str):
        if ORDER.index(level) < self.least:
            return
        if self.is_daemon:
            syslog.syslog(PRIORITIES[level], text)
            return
        # Whoever read the lines may be gone. The service goes on, and ends when it is told to.
        with contextlib.suppress(OSError):
            print(f"rtpproxy: {text}", file=sys.stderr, flush=True)

    def relay(self, line: str):
        """A line of a program: its own time stamp is not needed twice."""
        found = LINE.match(line)
        level = found[2] if found and found[2] in ORDER else "info"
        self.say(level, f"{found[1]} {found[3]}" if found else line)

    async def carry(self, process: asyncio.subprocess.Process):
        """All that the process writes, until its end."""
        if self.stream is not None:
            await asyncio.gather(*map(self.follow, (process.stdout, process.stderr)))

    async def follow(self, stream: asyncio.StreamReader):
        while line := await stream.readline():
            self.relay(line.decode("utf-8", "backslashreplace").rstrip("\n"))
