# SPDX-License-Identifier: BSD-2-Clause
"""The control plane under valgrind, which sees reads of what was never written, as AddressSanitizer
does not."""

import signal

from lab import netns
from lab.network import RELAY
from lab.process import Process
from lab.relay import build_folder
from lab.sanitized import plain_only
from lab.traffic import Traffic

VALGRIND = ["valgrind", "-q", "--leak-check=full", "--error-exitcode=9"]
STARTS_WITHIN = 60


@plain_only("valgrind and they exclude each other")
def test_control_plane_has_no_errors_under_valgrind(make_relay, phones_of, tmp_path):
    relay = make_relay(more_media=f'[recording]\ndirectory = "{tmp_path}/recordings"\nall = true')
    (tmp_path / "recordings").mkdir()
    relay.start_dataplane()
    program = build_folder() / "controlplane" / "mediaplane-controlplane"
    relay.controlplane = Process(
        netns.command(RELAY.name, *VALGRIND, str(program), "-c", str(relay.file)))
    relay.controlplane.wait_for_line(r"ready$", STARTS_WITHIN)
    calls = phones_of(relay, calls=5, seconds=2).until_up()
    traffic = Traffic(relay.control, clients=2)
    calls.assert_clean()
    for command in ("V", "VF 20040107", "I", "X", "Q none f", "P1 none a f", "rubbish", "U"):
        relay.control(command)
    traffic.stop()
    relay.controlplane.signal(signal.SIGTERM)
    assert relay.controlplane.wait(STARTS_WITHIN) == 0, relay.controlplane.output
