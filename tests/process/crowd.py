# SPDX-License-Identifier: BSD-2-Clause
"""What ten thousand sessions that come, stay and go at once do to commands and to media. Root;
scripts/bench-control starts it.

    crowd.py [SESSIONS]
"""

import os
import pathlib
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(__file__))

from lab import network, private  # noqa: E402
from lab.crowd import Crowd, relay_settings  # noqa: E402
from lab.phones import Phones  # noqa: E402
from lab.relay import Relay  # noqa: E402

CALLS = 50
RATE = 2000
IDLE_TIMEOUT = 4


def media(result: dict) -> str:
    flows = result["flows"].values()
    lost = sum(flow["lost"] for flow in flows)
    sent = sum(flow["sent"] for flow in flows)
    return f"{lost} of {sent} packets lost, the slowest took {max(f['max_us'] for f in flows)} us"


def measure(folder: pathlib.Path, sessions: int) -> None:
    relay = Relay(folder, **relay_settings(folder, idle_timeout=f"{IDLE_TIMEOUT}s"))
    crowd = Crowd(relay, sessions)
    runs = []

    def calls(seconds: int, name: str) -> Phones:
        first = 20000 + 8 * CALLS * len(runs)
        runs.append(Phones(relay.control, folder, calls=CALLS, seconds=seconds, rate=1000,
                           call_id=name, first_port=first))
        return runs[-1].until_up()

    try:
        relay.start()
        print(f"with {CALLS} calls of two parties, 50 packets a second each:")
        talking = calls(4, "quiet")
        print(f"  nothing else               {media(talking.assert_clean())}")
        talking = calls(7, "paced")
        crowd.come()
        paced = crowd.others_come_and_go(RATE, 3)
        print(f"  {RATE} commands a second     {paced['p50_us']} us p50, {paced['p99_us']} p99, "
              f"{paced['p999_us']} p99.9, {paced['max_us']} at most; {sessions} sessions up")
        print(f"                             {media(talking.assert_clean())}")
        crowd.wait_until_gone(0, 2 * IDLE_TIMEOUT)
        talking = calls(5, "deleted")
        crowd.come()
        took = crowd.leave_at_once()["seconds"]
        print(f"  {sessions} deleted at once     {took:.3f} s, {media(talking.assert_clean())}")
        talking = calls(IDLE_TIMEOUT + 6, "expired")
        crowd.come()
        time.sleep(IDLE_TIMEOUT - 1)  # None before its time.
        crowd.wait_until_gone(CALLS, 10)
        print(f"  {sessions} expired at once     {media(talking.assert_clean())}")
        relay.stop()
    finally:
        for run in runs:
            run.process.kill()
        relay.kill()


if __name__ == "__main__":
    private.prepare()
    network.up()
    with tempfile.TemporaryDirectory(prefix="mediaplane-crowd-") as home:
        measure(pathlib.Path(home), int((sys.argv[1:] + ["10000"])[0]))
