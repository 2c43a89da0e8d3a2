# SPDX-License-Identifier: BSD-2-Clause
"""Prompts and recordings of calls that real SIP software sets up, asked for by Kamailio."""

import random
import subprocess

from lab.calls import assert_media_is_complete, payloads, sessions
from lab.control import Endpoint
from lab.media import Stream

PCMA = 8
PROMPT_PACKET = 80


def assert_is_music(packets: list[bytes], content: bytes) -> None:
    """One stream of RTP without a gap, its samples those of the prompt, again and again."""
    first = int.from_bytes(packets[0][2:4])
    assert packets[0][1] == 0x80 | PCMA and {packet[1] for packet in packets[1:]} == {PCMA}
    assert [int.from_bytes(packet[2:4]) for packet in packets] == [
        (first + number) & 0xFFFF for number in range(len(packets))]
    assert len({packet[8:12] for packet in packets}) == 1
    samples = b"".join(packet[12:] for packet in packets)
    repeated = content * (len(samples) // len(content) + 1)
    assert samples == repeated[:len(samples)]


def test_party_on_hold_hears_music_and_then_its_peer(start_calls, tmp_path):
    """The peer is complete before and after, and in between comes the prompt, without end."""
    content = random.Random(1).randbytes(50 * PROMPT_PACKET)
    (tmp_path / f"music.{PCMA}").write_bytes(content)
    calls = start_calls(calls=5, MUSIC=str(tmp_path / "music"))
    calls.begin("caller-holds-in-silence", "callee-hears-music", calls=5)
    calls.finish()
    pairs = calls.media.calls()
    assert len(pairs) == 5
    for caller, callee in pairs:
        assert payloads(caller.rtp.heard) == payloads(callee.rtp.sent)
        sent, heard = payloads(caller.rtp.sent), payloads(callee.rtp.heard)
        assert (len(sent), len(callee.rtp.sent)) == (2 * 40, 3 * 40)
        assert heard[:40] == sent[:40] and heard[-40:] == sent[40:]
        music = heard[40:-40]
        assert len(music) > 100, "music for more than a second"
        assert_is_music(music, content)
        assert {source for _, source in callee.rtp.heard} == {callee.relay}
    assert sessions(calls.relay) == (5, 0)


def captured(path, source: Endpoint) -> list[bytes]:
    """The datagrams from there, as tshark finds them in a recording."""
    lines = subprocess.run(
        ["tshark", "-r", path, "-T", "fields", "-e", "udp.payload",
         "-Y", f"ip.src=={source.ip} && udp.srcport=={source.port}"],
        check=True, capture_output=True, text=True).stdout.split()
    return [bytes.fromhex(line) for line in lines]


def endpoint(stream: Stream) -> Endpoint:
    return Endpoint(*stream.socket.getsockname())


def test_recordings_of_calls_are_complete(start_calls, tmp_path):
    recordings = tmp_path / "recordings"
    recordings.mkdir()
    section = f'[recording]\ndirectory = "{recordings}"\nformat = "pcap"'
    calls = start_calls(calls=2, relay={"more_media": section}, RECORD="yes")
    calls.begin("caller-briefly", "callee-briefly", calls=2)
    calls.finish()
    assert_media_is_complete(calls.media, calls=2, from_caller=50)
    calls.media.run_until(lambda: calls.relay.controlplane.output.count(" ended: ") == 2 * 4,
                          timeout=5)
    assert len(list(recordings.iterdir())) == 2 * 4
    for caller, callee in calls.media.calls():
        for ending, stream in (("o.rtp", caller.rtp), ("o.rtcp", caller.rtcp),
                               ("a.rtp", callee.rtp), ("a.rtcp", callee.rtcp)):
            (file,) = recordings.glob(f"{caller.call_id}=*.{ending}")
            assert captured(file, endpoint(stream)) == payloads(stream.sent), file.name
