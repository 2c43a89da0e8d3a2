# SPDX-License-Identifier: BSD-2-Clause
"""What of the control protocol is built: the one place that says which dialogues must pass.

A dialogue is replayed if its profile and its transport are here, and if everything of the protocol
that its commands use is here. Letters that the protocol does not know count as built: their error
answers are."""

PROFILES = {
    "default", "tinyports", "wild", "v6", "bridge46", "bridge", "bridgeadv", "adv",
    "rec", "recspool", "recnortcp", "recpcap", "recall",
}
# Those in which a dialogue leaves nothing behind when its sessions are deleted.
LASTING_PROFILES = {"default", "wild", "v6", "bridge", "bridge46", "bridgeadv", "adv"}
TRANSPORTS = {"unix", "cunix", "tcp", "tcp6", "udp", "udp6"}

COMMANDS = {"V", "VF", "U", "L", "D", "I", "Q", "X", "P", "S", "R", "N"}
# Every command that rtpproxy knows.
KNOWN_COMMANDS = COMMANDS | {"C", "G"}
# How many words the unbuilt ones may have; with another number they get the recorded error.
WORDS = {"C": (4, 5), "G": (1, 30)}

MODIFIERS = {"U": "ASW6EIC", "L": "ASW6EIC", "D": "W", "I": "BL", "Q": "V", "R": "S", "N": "A"}
KNOWN_MODIFIERS = MODIFIERS | {"U": "ASW6EIZCLRN", "L": "ASW6EIZCLRN"}

SUB_COMMANDS = False
# What each signal makes the control plane say when it has taken effect.
SIGNALS = {"SIGHUP": "draining"}

# VF answers 1 to these, whatever the recorded program did.
CAPABILITIES = {"20040107", "20050322", "20080403", "20081102", "20140323", "20200226"}

# Where the recorded program leaves other files than mediaplane does: dialogues of mediaplane's own
# say which are right.
OTHER_FILES = {"record-media-number"}


def is_built(command: str) -> bool:
    """Whether the replies to this command must be those of the recorded program."""
    if "&&" in command and not SUB_COMMANDS:
        return False
    words = command.split()
    if not words:
        return True
    word = words[0].upper()
    name = "VF" if word.startswith("VF") else word[0]
    if name in WORDS:
        fewest, most = WORDS[name]
        return not fewest <= len(words) <= most
    unbuilt = set(KNOWN_MODIFIERS.get(name, "")) - set(MODIFIERS.get(name, ""))
    return not unbuilt & set(word[len(name) :])
