# SPDX-License-Identifier: BSD-2-Clause
"""The system refuses memory: what is under way is finished, and the program lives. Where there is
none for long, new sessions are refused with E81, until there is some."""

import mmap
import pathlib
import re
import resource
import struct
import subprocess

from lab.network import ALICE, BOB
from lab.sanitized import plain_only

pytestmark = plain_only("they have a malloc of their own")
REFUSED_MEMORY = pathlib.Path(__file__).parent / "lab" / "refused_memory.c"
REFUSED = "E81"
ONE_IN = 100
CALLS = 3000
HELD = 100
MEBIBYTE = 1 << 20


class RefusedMemory:
    """For programs that start while it is preloaded."""

    def __init__(self, folder: pathlib.Path):
        self.library = folder / "refused_memory.so"
        path = folder / "refused"
        path.write_bytes(bytes(8))
        with path.open("r+b") as file:
            self._numbers = mmap.mmap(file.fileno(), 8)
        subprocess.run(["cc", "-shared", "-fPIC", "-O1", f'-DREFUSED_FILE="{path}"',
                        "-o", self.library, REFUSED_MEMORY], check=True)

    def refuse(self, one_in: int) -> None:
        self._numbers[:4] = struct.pack("I", one_in)

    def refused(self) -> int:
        return struct.unpack("I", self._numbers[4:])[0]


def offer(relay, name) -> str:
    return relay.control(f"U {name} {ALICE.ip} 4000 f")


def answer(relay, name) -> str:
    return relay.control(f"L {name} {BOB.ip} 5000 f t")


def sessions_of(relay) -> int:
    return int(re.search(r"active sessions: (\d+)", relay.control("I")).group(1))


def test_one_refusal_in_a_hundred_fails_no_command(make_relay, tmp_path, monkeypatch, phones_of):
    memory = RefusedMemory(tmp_path)
    relay = make_relay()
    monkeypatch.setenv("LD_PRELOAD", str(memory.library))
    relay.start()
    monkeypatch.delenv("LD_PRELOAD")
    calls = phones_of(relay, calls=5, seconds=2, hold_open=True).until_up()
    memory.refuse(one_in=ONE_IN)
    for name in range(CALLS):
        assert offer(relay, name).endswith(" 198.18.0.1")
        assert answer(relay, name).endswith(" 198.18.0.1")
        if name >= HELD:
            assert relay.control(f"D {name - HELD} f t") == "0"
    memory.refuse(one_in=0)
    assert sessions_of(relay) == HELD + 5
    calls.assert_clean()
    assert memory.refused() > 100


def test_memory_that_ends_costs_new_sessions_until_there_is_some(make_relay):
    relay = make_relay(first_udp_port=1024).start()
    pid = relay.controlplane.popen.pid
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    size = int(re.search(r"VmSize:\s*(\d+) kB", status).group(1)) * 1024
    resource.prlimit(pid, resource.RLIMIT_AS, (size + MEBIBYTE, resource.RLIM_INFINITY))
    long_name = "n" * 1000
    made = []
    while (reply := offer(relay, f"{long_name}{len(made)}")) != REFUSED:
        assert reply.endswith(" 198.18.0.1"), reply
        made.append(f"{long_name}{len(made)}")
    assert len(made) > 10
    for name in made[:50]:
        assert answer(relay, name).endswith(" 198.18.0.1")
    for name in made:
        assert relay.control(f"D {name} f") == "0"
    while offer(relay, "again") == REFUSED:
        pass
    assert sessions_of(relay) == 1
