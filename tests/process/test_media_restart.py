# SPDX-License-Identifier: BSD-2-Clause
"""Prompts and recordings over a restart of the control plane, whether it was killed or ended."""

import random
import subprocess
import time

import pytest
from lab.frames import rtp
from lab.parties import (AD_HOC_HEAD, ad_hoc_records, has_ended, hear, parsed, recording_relay, set_up,
                         talk, wait_for)
from lab.relay import end


def restart_controlplane(relay, by_kill):
    if by_kill:
        relay.controlplane.kill()
    else:
        end(relay.controlplane)
    relay.start_controlplane()


@pytest.mark.parametrize("by_kill", [True, False])
@pytest.mark.parametrize("spool", [True, False])
def test_recording_goes_on_under_the_next_controlplane(make_relay, parties, tmp_path, by_kill,
                                                       spool):
    """In the same file; a packet of which only a part was written is cut off."""
    (tmp_path / "spool").mkdir()
    more = [f'spool_directory = "{tmp_path}/spool"'] if spool else []
    relay = recording_relay(make_relay, tmp_path, "rtcp = false", *more)
    file = tmp_path / ("spool" if spool else "rec") / "media=f.o.rtp"
    call = set_up(relay)
    assert relay.control("R media f t") == "0"
    before, _, _ = talk(parties, call, 20)
    written = 20 * AD_HOC_HEAD.size + sum(map(len, before))
    wait_for(lambda: file.stat().st_size == written)  # What is not written dies with its process.
    if by_kill:
        relay.controlplane.kill()
        with file.open("ab") as torn:
            torn.write(file.read_bytes()[:60])
        relay.start_controlplane()
    else:
        restart_controlplane(relay, by_kill)
    after, _, _ = talk(parties, call, 20)
    relay.control.hang_up(call)
    wait_for(has_ended(relay, 1))
    records = ad_hoc_records(tmp_path / "rec" / "media=f.o.rtp")
    assert [body for _, _, body in records] == before + after
    assert list((tmp_path / "spool").iterdir()) == []


def test_capture_of_both_goes_on_with_one_header(make_relay, parties, tmp_path):
    relay = recording_relay(make_relay, tmp_path, 'format = "pcap"', "rtcp = false")
    call = set_up(relay)
    assert relay.control("RS media f t") == "0"
    assert relay.control("RS media t f") == "0"
    sent = talk(parties, call, 20)[:2]
    restart_controlplane(relay, by_kill=False)
    again = talk(parties, call, 20)[:2]
    relay.control.hang_up(call)
    wait_for(has_ended(relay, 1))
    shown = subprocess.run(["tshark", "-r", tmp_path / "rec" / "media=f.pcap", "-T", "fields",
                            "-e", "udp.payload"], check=True, capture_output=True, text=True).stdout
    assert sorted(map(bytes.fromhex, shown.split())) == sorted(sum([*sent, *again], []))


@pytest.mark.parametrize("by_kill", [True, False])
def test_prompt_goes_on_under_the_next_controlplane(relay, parties, tmp_path, by_kill):
    """The same stream, at the place where it would be by now; the peer is hidden again."""
    content = random.Random(2).randbytes(80 * 500)  # Five seconds.
    (tmp_path / "long.8").write_bytes(content)
    call = set_up(relay)
    assert relay.control(f"P media {tmp_path}/long 8 f t") == "0"
    began = time.monotonic()
    before = [parsed(packet) for packet in hear(parties.alice, 20)]
    restart_controlplane(relay, by_kill)
    heard = [parsed(packet) for packet in parties.alice.collect(1)]
    passed = time.monotonic() - began
    first, last = before[0], heard[-1]
    assert {packet[4] for packet in before + heard} == {first[4]}
    for packet in heard:
        number = (packet[2] - first[2]) & 0xFFFF
        assert packet[5] == content[80 * number:80 * number + 80]
        assert (packet[3] - first[3]) & 0xFFFFFFFF == 80 * number
    # Where it is by the clock: a packet is 10 ms.
    assert abs(((last[2] - first[2]) & 0xFFFF) * 0.01 - passed) < 0.2
    parties.bob.send(rtp(2), call.for_callee)
    assert rtp(2) not in hear(parties.alice, 20)
    assert relay.control("S media f t") == "0"
    parties.bob.send(rtp(3), call.for_callee)
    assert parties.alice.collect(0.3)[-1] == rtp(3)
