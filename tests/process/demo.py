# SPDX-License-Identifier: BSD-2-Clause
"""What scripts/demo shows: two phones, the relay between them, a call. Not a test, but made of the
tests' lab. scripts/demo starts it in namespaces of its own, which vanish with it.

    demo.py run     the call, then everything is taken down
    demo.py keep    the call, then everything stays up in the background
    demo.py down    ends what `keep` left
"""

import contextlib
import json
import os
import pathlib
import select
import shutil
import signal
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(__file__))

from lab import network, phones, private  # noqa: E402
from lab.network import ALICE, BOB, RELAY  # noqa: E402
from lab.relay import ROOT, Relay  # noqa: E402

KEPT = pathlib.Path(os.environ.get("MEDIAPLANE_DEMO", "/run/mediaplane-demo"))
SECONDS = 5


def say(text: str = "") -> None:
    print(text, flush=True)


def show_start(relay: Relay) -> None:
    say(f"relay  {RELAY.ip} on {RELAY.interface} (af_packet on a veth; no huge pages, no NIC)")
    say(f"phones alice {ALICE.ip}, bob {BOB.ip}; alice sends from another port than she signals")
    for process in (relay.dataplane, relay.controlplane):
        say(f"       {process.name} is ready, process {process.popen.pid}")


def show_gone(relay: Relay) -> bool:
    look_up = f"L demo-0 {BOB.ip} 20004 from-0 to-0"
    answer = relay.control(look_up)
    say(f"control: {look_up} -> {answer}" + ("   (the session is gone)" if answer == "0" else ""))
    return answer == "0"


def show_result(result: dict) -> None:
    flows = result["flows"].values()
    total = {key: sum(flow[key] for flow in flows)
             for key in ("sent", "received", "lost", "wrong_source", "wrong_content")}
    say(f"sent {total['sent']} received {total['received']} lost {total['lost']} "
        f"wrong {total['wrong_source'] + total['wrong_content']} "
        f"| latency p99 {max(flow['p99_us'] for flow in flows)} us")


def show_end(relay: Relay) -> None:
    """The part of the data plane's exit report that tells where every packet went."""
    report = relay.dataplane.output
    say("relay  ended; after the hang-up 20 packets were sent on, to be dropped:")
    for line in report[report.rindex("-----"):].splitlines():
        if line.split()[0] in ("drop", "BALANCE", "MBUFS"):
            say("       " + line.strip())


def call(relay: Relay) -> bool:
    """One call with the live table on our terminal."""
    report = relay.folder / "phones.json"
    say(f"\ncall: set up over {relay.control.path}, {SECONDS} s of G.711 both ways")
    status = subprocess.run(phones.command(
        relay.control.path, seconds=SECONDS, nat=True, live=True, announce=True, call_id="demo",
        check_hangup=True, relay_stats=relay.log("dataplane"), json=report), check=False).returncode
    is_gone = show_gone(relay)
    show_result(json.loads(report.read_text(encoding="utf-8")))
    return status == 0 and is_gone


@contextlib.contextmanager
def running_relay(folder: pathlib.Path):
    private.prepare()
    network.up()
    relay = Relay(folder, dataplane_args=["--stats-period", "1"])
    try:
        yield relay.start()
        relay.stop()
    finally:
        relay.kill()


def run() -> int:
    with tempfile.TemporaryDirectory(prefix="mediaplane-demo-") as folder:
        with running_relay(pathlib.Path(folder)) as relay:
            show_start(relay)
            is_right = call(relay)
    show_end(relay)
    return 0 if is_right else 1


def show_commands() -> None:
    inside = f"/proc/{os.getpid()}/root/run/netns"
    control = f"/usr/bin/python3 {ROOT}/tests/process/lab/control.py {KEPT}/control.sock"
    talk = " ".join(phones.command(f"{KEPT}/control.sock", netns_folder=inside, live=True))
    say(f"""
Everything stays up. To play with it, as root:

  a shell at alice's    nsenter --net={inside}/alice
  ping the relay        nsenter --net={inside}/alice ping {RELAY.ip}
  see the wire          nsenter --net={inside}/relay tcpdump -nei {RELAY.interface}
  another call          {talk}
  the control socket    {control} V
                        {control} U call1 {ALICE.ip} 4000 from1
                        {control} L call1 {BOB.ip} 5000 from1 to1
                        {control} D call1 from1 to1
  the relay's output    tail -f {KEPT}/dataplane.log {KEPT}/controlplane.log
  its configuration     {KEPT}/mediaplane.toml

To remove it: scripts/demo --down""")


def kept_process() -> int | None:
    """The process that holds what `keep` left, if it lives."""
    with contextlib.suppress(OSError, ValueError):
        pid = int((KEPT / "pid").read_text(encoding="utf-8"))
        if "demo.py" in pathlib.Path(f"/proc/{pid}/cmdline").read_text(encoding="utf-8"):
            return pid
    return None


def leave_terminal() -> None:
    os.setsid()
    null = os.open("/dev/null", os.O_RDWR)
    for fd in (0, 1, 2):
        os.dup2(null, fd)


def hold(done: int) -> int:
    """The background half of `keep`: tells the call's status and stays until a signal."""
    shutil.rmtree(KEPT, ignore_errors=True)
    KEPT.mkdir(mode=0o750)
    try:
        with running_relay(KEPT) as relay:
            show_start(relay)
            status = 0 if call(relay) else 1
            (KEPT / "pid").write_text(str(os.getpid()), encoding="utf-8")
            show_commands()
            leave_terminal()
            os.write(done, bytes([status]))
            signal.pause()  # SIGTERM raises SystemExit here.
    finally:
        shutil.rmtree(KEPT, ignore_errors=True)
    return 0


def keep() -> int:
    if kept_process():
        say("It is up already; scripts/demo --down removes it.")
        return 1
    done_for_parent, done = os.pipe()
    if os.fork() == 0:
        os.close(done_for_parent)
        return hold(done)
    os.close(done)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # It is for the other half, which ends then.
    return (os.read(done_for_parent, 1) or b"\1")[0]


def down() -> int:
    pid = kept_process()
    if pid is None:
        say("Nothing is up.")
        return 0
    process = os.pidfd_open(pid)
    os.kill(pid, signal.SIGTERM)
    if not select.select([process], [], [], 10)[0]:
        say(f"Process {pid} does not end.")
        return 1
    say("Everything is removed.")
    return 0


def end_in_order(number, _) -> None:
    sys.exit(128 + number)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, end_in_order)
    signal.signal(signal.SIGINT, end_in_order)
    sys.exit({"run": run, "keep": keep, "down": down}[sys.argv[1]]())
