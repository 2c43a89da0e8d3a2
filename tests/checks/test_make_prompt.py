# SPDX-License-Identifier: BSD-2-Clause
"""scripts/make-prompt: what it makes is as long as its source, in whole packets, and sounds like it."""

import pathlib
import struct
import subprocess
import wave

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
SECONDS, HERTZ = 3, 440

# Payload type -> bytes and milliseconds of a packet, and how ffmpeg is told what the file is.
CODECS = {
    0: (80, 10, ["-f", "mulaw", "-ar", "8000"]),
    3: (33, 20, ["-f", "gsm"]),
    4: (24, 30, ["-f", "g723_1"]),
    8: (80, 10, ["-f", "alaw", "-ar", "8000"]),
    9: (80, 10, ["-f", "g722"]),
    18: (10, 10, ["-f", "g729"]),
}


@pytest.fixture(scope="module")
def stem(tmp_path_factory):
    folder = tmp_path_factory.mktemp("prompt")
    tone = folder / "tone.wav"
    subprocess.run(["sox", "-n", "-r", "44100", "-c", "2", str(tone),
                    "synth", str(SECONDS), "sine", str(HERTZ), "vol", "0.5"], check=True)
    made = subprocess.run([ROOT / "scripts" / "make-prompt", tone, folder / "tone"],
                          check=True, capture_output=True, text=True).stdout
    assert made.split() == [f"{folder}/tone.{codec}" for codec in CODECS]
    return folder / "tone"


@pytest.mark.parametrize("codec", CODECS)
def test_prompt(stem, codec, tmp_path):
    packet_bytes, packet_ms, how = CODECS[codec]
    file = stem.with_suffix(f".{codec}")
    size = file.stat().st_size
    assert size % packet_bytes == 0
    assert abs(size // packet_bytes * packet_ms - SECONDS * 1000) <= packet_ms
    decoded = tmp_path / "decoded.wav"
    subprocess.run(["ffmpeg", "-v", "error", *how, "-i", file, "-ar", "8000", "-ac", "1", decoded],
                   check=True)
    with wave.open(str(decoded)) as sound:
        samples = struct.unpack(f"<{sound.getnframes()}h", sound.readframes(sound.getnframes()))
    middle = samples[8000:16000]
    rising = sum(a < 0 <= b for a, b in zip(middle, middle[1:]))
    assert abs(rising - HERTZ) <= 2
    assert max(middle) > 8000


def test_wrong_use_is_refused(tmp_path):
    script = ROOT / "scripts" / "make-prompt"
    assert subprocess.run([script], capture_output=True).returncode == 2
    done = subprocess.run([script, tmp_path / "none.wav", tmp_path / "none"], capture_output=True)
    assert done.returncode != 0
    assert not list(tmp_path.iterdir())
