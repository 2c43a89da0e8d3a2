# SPDX-License-Identifier: BSD-2-Clause
"""A program of ours that runs beside the test: its lines as events, its end as a fact.

It dies with the test process (PR_SET_PDEATHSIG), so that nothing is left when a run is killed.
"""

import pathlib
import re
import signal
import subprocess
import threading

CPU_OF_EVERYTHING_BUT_WORKERS = "0"


class Process:
    """`log` gets a copy of every line."""

    def __init__(self, argv: list[str], *, pinned: bool = True, log: pathlib.Path | None = None,
                 pass_fds=()):
        prefix = ["setpriv", "--pdeathsig", "KILL"]
        if pinned:  # A worker polls on another CPU; nobody else should sit there.
            prefix += ["taskset", "-c", CPU_OF_EVERYTHING_BUT_WORKERS]
        self.name = next((arg for arg in argv if "/mediaplane-" in arg), argv[0]).rsplit("/", 1)[-1]
        self._lines: list[str] = []
        self._changed = threading.Condition()
        self._has_ended = False
        self._log = log.open("w", encoding="utf-8") if log else None
        self.popen = subprocess.Popen(prefix + argv, text=True, errors="replace",
                                      stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                      stderr=subprocess.STDOUT, pass_fds=pass_fds)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        for line in self.popen.stdout:
            if self._log:
                self._log.write(line)
                self._log.flush()
            with self._changed:
                self._lines.append(line.rstrip("\n"))
                self._changed.notify_all()
        with self._changed:
            self._has_ended = True
            self._changed.notify_all()

    @property
    def output(self) -> str:
        with self._changed:
            return "\n".join(self._lines)

    def wait_for_line(self, pattern: str, timeout: float = 10) -> re.Match:
        """The first line in which the pattern is found."""
        def found():
            return next((m for m in map(re.compile(pattern).search, self._lines) if m), None)
        with self._changed:
            self._changed.wait_for(lambda: found() or self._has_ended, timeout)
            match = found()
        assert match, f"{self.name} did not print /{pattern}/ within {timeout} s:\n{self.output}"
        return match

    def signal(self, number: signal.Signals) -> None:
        self.popen.send_signal(number)

    def is_running(self) -> bool:
        return self.popen.poll() is None

    def wait(self, timeout: float) -> int:
        """The exit status; all output has been read then."""
        try:
            status = self.popen.wait(timeout)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"{self.name} still runs after {timeout} s:\n{self.output}")
        self._reader.join()
        return status

    def kill(self) -> None:
        if self.is_running():
            self.popen.kill()
        self.wait(5)
