# SPDX-License-Identifier: BSD-2-Clause
"""Prompts as a party hears them, and recordings as they lie on the disk."""

import random
import re
import subprocess
import time

import pytest
from lab.frames import rtp
from lab.network import ALICE, BOB
from lab.parties import (CALLEE_PORT, CALLER_PORT, PATIENCE, ad_hoc_records, has_ended, hear, parsed,
                         recording_relay, set_up, talk, wait_for)
from lab.phones import Phones


@pytest.fixture
def prompt(tmp_path):
    """Half a second of PCMA in noise, which no packet repeats: stem and bytes."""
    content = random.Random(1).randbytes(4000)
    (tmp_path / "prompt.8").write_bytes(content + b"left over")
    return str(tmp_path / "prompt"), content


def assert_is_stream(packets, payload_type, step):
    first = parsed(packets[0])
    for number, packet in enumerate(packets):
        flags, marker_type, sequence, timestamp, ssrc, _ = parsed(packet)
        assert flags == 0x80
        assert marker_type == payload_type | (0x80 if number == 0 else 0)
        assert sequence == (first[2] + number) & 0xFFFF
        assert timestamp == (first[3] + number * step) & 0xFFFFFFFF
        assert ssrc == first[4]


def test_prompt_is_heard_byte_by_byte(relay, parties, prompt):
    stem, content = prompt
    set_up(relay)
    started = time.monotonic()
    assert relay.control(f"P2 media {stem} 18,8,0 f t") == "0"
    packets = hear(parties.alice, 100)
    took = time.monotonic() - started
    assert_is_stream(packets, payload_type=8, step=80)
    assert b"".join(parsed(packet)[5] for packet in packets) == content * 2
    assert 0.95 <= took < 1.5
    assert parties.alice.next(0.1) is None
    assert parties.bob.next(0.01) is None


def test_prompt_hides_the_peer_and_gives_it_back(relay, parties, prompt):
    stem, _ = prompt
    call = set_up(relay)
    parties.bob.send(rtp(1), call.for_callee)
    assert hear(parties.alice, 1) == [rtp(1)]
    assert relay.control(f"P-1 media {stem} 8 f t") == "0"
    hear(parties.alice, 1)
    parties.bob.send(rtp(2), call.for_callee)
    parties.alice.send(rtp(7), call.for_caller)
    assert hear(parties.bob, 1) == [rtp(7)]  # The other direction flows.
    assert rtp(2) not in hear(parties.alice, 20)
    assert relay.control("S media f t") == "0"
    parties.bob.send(rtp(3), call.for_callee)
    heard = parties.alice.collect(0.3)
    assert heard[-1] == rtp(3) and rtp(2) not in heard


def test_peer_is_back_when_the_prompt_has_ended(relay, parties, prompt):
    stem, content = prompt
    call = set_up(relay)
    parties.bob.send(rtp(1), call.for_callee)
    hear(parties.alice, 1)
    assert relay.control(f"P media {stem} 8 f t") == "0"
    hear(parties.alice, len(content) // 80)
    deadline = time.monotonic() + PATIENCE
    number = 1
    while (heard := parties.alice.next(0.01)) is None:
        assert time.monotonic() < deadline
        number += 1
        parties.bob.send(rtp(number), call.for_callee)
    assert heard[:2] == rtp(0)[:2]
    assert number < 20  # Within 0.2 s.


def test_prompt_waits_until_it_is_known_where_to(relay, parties, prompt):
    stem, content = prompt
    for_callee = relay.control.endpoint(f"U media {ALICE.ip} {CALLER_PORT} f")
    assert relay.control(f"P media {stem} 8 t f") == "0"
    assert relay.control("L media 0.0.0.0 0 f t") != "0"
    assert parties.bob.next(0.1) is None
    parties.bob.send(rtp(1), for_callee)
    packets = hear(parties.bob, len(content) // 80)
    assert_is_stream(packets, payload_type=8, step=80)


def test_prompt_goes_on_under_the_next_dataplane(relay, parties, prompt):
    stem, _ = prompt
    set_up(relay)
    assert relay.control(f"P-1 media {stem} 8 f t") == "0"
    before = hear(parties.alice, 5)
    relay.dataplane.kill()
    while parties.alice.next(0.1) is not None:
        pass
    relay.start_dataplane()
    after = hear(parties.alice, 5)
    assert parsed(after[0])[4] == parsed(before[0])[4]
    assert relay.control("S media f t") == "0"


def test_recording_has_every_packet_of_both_parties(make_relay, parties, tmp_path):
    relay = recording_relay(make_relay, tmp_path)
    call = set_up(relay)
    assert relay.control("R media f t") == "0"
    assert relay.control("R media t f") == "0"
    started = time.time()
    from_alice, from_bob, reports = talk(parties, call, 500)
    relay.control.hang_up(call)
    wait_for(has_ended(relay, 4))
    for name, source, sent in (("o.rtp", (ALICE.ip, CALLER_PORT), from_alice),
                               ("a.rtp", (BOB.ip, CALLEE_PORT), from_bob),
                               ("o.rtcp", (ALICE.ip, CALLER_PORT + 1), reports),
                               ("a.rtcp", (BOB.ip, CALLEE_PORT + 1), reports)):
        records = ad_hoc_records(tmp_path / "rec" / f"media=f.{name}")
        assert [body for _, _, body in records] == sent, name
        assert {where for where, _, _ in records} == {source}, name
        times = [when for _, when, _ in records]
        assert times == sorted(times)
        assert started - 0.1 < times[0] and times[-1] < time.time() + 0.1, name


def test_recording_of_one_party_ends_and_goes_on_without_harm(make_relay, parties, tmp_path):
    relay = recording_relay(make_relay, tmp_path, "rtcp = false")
    call = set_up(relay)
    talk(parties, call, 10)
    assert relay.control("R media t f") == "0"
    _, from_bob, _ = talk(parties, call, 50)
    assert relay.control("N media t f") == "0"
    talk(parties, call, 10)
    wait_for(has_ended(relay, 1))
    records = ad_hoc_records(tmp_path / "rec" / "media=f.a.rtp")
    assert [body for _, _, body in records] == from_bob
    assert [path.name for path in (tmp_path / "rec").iterdir()] == ["media=f.a.rtp"]


def test_recording_goes_on_under_the_next_dataplane(make_relay, parties, tmp_path):
    relay = recording_relay(make_relay, tmp_path, "rtcp = false")
    call = set_up(relay)
    assert relay.control("R media f t") == "0"
    before, _, _ = talk(parties, call, 20)
    time.sleep(0.1)  # What the dead one had not handed over yet would be lost with it.
    relay.dataplane.kill()
    relay.start_dataplane()
    wait_for(lambda: relay.control(f"U media {ALICE.ip} {CALLER_PORT} f t") != "E98")
    after, _, _ = talk(parties, call, 20)
    relay.control.hang_up(call)
    wait_for(has_ended(relay, 1))
    records = ad_hoc_records(tmp_path / "rec" / "media=f.o.rtp")
    assert [body for _, _, body in records] == before + after


def test_pcap_is_what_a_capture_would_show(make_relay, parties, tmp_path):
    relay = recording_relay(make_relay, tmp_path, 'format = "pcap"')
    call = set_up(relay)
    assert relay.control("RS media f t") == "0"
    assert relay.control("RS media t f") == "0"
    from_alice, from_bob, reports = talk(parties, call, 200)
    relay.control.hang_up(call)
    wait_for(has_ended(relay, 1))
    fields = ["ip.src", "udp.srcport", "ip.dst", "udp.dstport", "ip.checksum.status",
              "udp.checksum.status", "udp.payload"]
    shown = subprocess.run(
        ["tshark", "-r", tmp_path / "rec" / "media=f.pcap", "-T", "fields",
         "-o", "ip.check_checksum:TRUE", "-o", "udp.check_checksum:TRUE",
         *(word for field in fields for word in ("-e", field))],
        check=True, capture_output=True, text=True).stdout
    rows = [line.split("\t") for line in shown.splitlines()]
    assert {(row[4], row[5]) for row in rows} == {("1", "1")}

    def of(ip, port, to):
        wanted = [ip, str(port), to.ip, str(to.port)]
        return [bytes.fromhex(row[6]) for row in rows if row[:4] == wanted]

    assert of(ALICE.ip, CALLER_PORT, call.for_caller) == from_alice
    assert of(BOB.ip, CALLEE_PORT, call.for_callee) == from_bob
    assert of(ALICE.ip, CALLER_PORT + 1, call.for_caller.rtcp) == reports
    assert of(BOB.ip, CALLEE_PORT + 1, call.for_callee.rtcp) == reports
    assert len(rows) == 2 * (200 + 3)


def test_streams_of_a_call_have_files_of_their_own(make_relay, parties, tmp_path):
    relay = recording_relay(make_relay, tmp_path, "rtcp = false", "all = true")
    calls = []
    for number in (1, 2):
        for_callee = relay.control.endpoint(f"U media {ALICE.ip} {CALLER_PORT} f;{number}")
        for_caller = relay.control.endpoint(f"L media {BOB.ip} {CALLEE_PORT} f;{number} t;{number}")
        calls.append((for_caller, for_callee))
    sent = [[rtp(n, ssrc=number) for n in range(30)] for number in (1, 2)]
    for packets in zip(*sent):
        for packet, (for_caller, _) in zip(packets, calls):
            parties.alice.send(packet, for_caller)
        hear(parties.bob, len(packets))  # Until Bob's MAC is known, only so many wait for it.
    assert relay.control("D media f t") == "0"
    wait_for(has_ended(relay, 4))
    for number, packets in zip((1, 2), sent):
        records = ad_hoc_records(tmp_path / "rec" / f"media=f;{number}.o.rtp")
        assert [body for _, _, body in records] == packets


@pytest.fixture
def small_disk(tmp_path):
    """A file system with room for a second of one party's packets."""
    disk = tmp_path / "rec"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=16k", "none", disk], check=True)
    yield tmp_path
    subprocess.run(["umount", "--lazy", disk], check=True)


def test_full_disk_costs_recorded_packets_and_no_media(make_relay, small_disk, tmp_path):
    recording = f'[recording]\ndirectory = "{small_disk}/rec"\nrtcp = false\nall = true'
    relay = make_relay(more_media=recording).start()
    Phones(relay.control, tmp_path, seconds=4).assert_clean()
    relay.stop()
    log = relay.log("controlplane").read_text()
    for side in ("o", "a"):
        name = rf"recording \S+\.{side}\.rtp"
        assert len(re.findall(rf"{name} loses packets: No space left on device", log)) == 1
        (recorded, lost), = re.findall(rf"{name} ended: (\d+) packets, (\d+) lost", log)
        assert int(lost) > 0 and int(recorded) + int(lost) == 200
