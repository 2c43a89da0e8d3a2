# SPDX-License-Identifier: BSD-2-Clause
"""The attack matrix: RTP bleed over all ports and injection into the right one, before, while and
after the parties are learned, in each way of learning; and attacks that would silence others.

What a stranger on another host may get at most: no media, and four of his packets of a flow heard
before the party whose place he wants has spoken, none afterwards.
"""

import pytest

from lab.control import Endpoint
from lab.frames import is_ip_from_relay, rtp, to_relay
from lab.network import ALICE, BOB, MALLORY, RELAY
from lab.udp import UdpSocket
from lab.wire import Wire

FIRST_UDP_PORT, LAST_UDP_PORT = 35000, 35999
ROUNDS = 10
SSRC_OF_STRANGER = 0xBAD
SSRC = {"caller": 0xA11CE, "callee": 0xB0B}
REPORT = bytes.fromhex("80c90001") + bytes(4)
LATE = 0.3
OF_A_PHONE = 0.02  # Seconds between packets.
NOT_YET = 50  # Packets after which a party that is not heard never will be.

# (learning, modifier): how many packets of a stranger may be heard before the party has spoken.
MODES = {"adaptive": ("adaptive", "", 4), "signalled": ("signalled", "", 0), "address": ("adaptive", "A", 0)}
PHASES = ["before", "during", "after"]


class Party:
    """RTP and RTCP of one party, and what it has heard of strangers."""

    def __init__(self, name: str, host, port: int):
        self.name = name
        self.rtp, self.rtcp = UdpSocket(host, port), UdpSocket(host, port + 1)
        self.relay: Endpoint | None = None  # Where it sends to.
        self.peer: "Party | None" = None
        self.strange = {"RTP": 0, "RTCP": 0}
        self._sequence = 100

    def speak(self) -> bytes:
        packet = rtp(self._sequence, SSRC[self.name])
        self._sequence += 1
        self.rtp.send(packet, self.relay)
        self.rtcp.send(REPORT, self.relay.rtcp)
        return packet

    def hears(self, wanted: bytes, within: float) -> bool:
        while (packet := self.rtp.next(within)) is not None:
            if packet == wanted:
                return True
            self.strange["RTP"] += is_strange(packet)
        return False

    def joins(self) -> None:
        """Speaks as a phone until its peer hears it. A packet that changes the relay's mind is
        itself not heard."""
        if not any(self.peer.hears(self.speak(), OF_A_PHONE) for _ in range(NOT_YET)):
            raise AssertionError(f"the {self.name} is not heard")

    def talks(self, packets: int = 6) -> None:
        for _ in range(packets):
            assert self.peer.hears(self.speak(), 2.0), f"the {self.name} is not heard any more"

    def strangers_heard(self) -> int:
        """All that has come and will come, as RTP or as RTCP."""
        self.strange["RTP"] += sum(map(is_strange, self.rtp.collect(LATE)))
        self.strange["RTCP"] += sum(map(is_strange, self.rtcp.collect(0)))
        return max(self.strange.values())

    def close(self) -> None:
        self.rtp.close()
        self.rtcp.close()


def is_strange(packet: bytes) -> bool:
    return SSRC_OF_STRANGER.to_bytes(4, "big") in packet[:12]


def strange_packet(sequence: int) -> bytes:
    """An RTP header, and zeros."""
    return rtp(sequence, SSRC_OF_STRANGER)[:12] + bytes(160)


@pytest.fixture
def parties(lab):
    caller, callee = Party("caller", ALICE, 4000), Party("callee", BOB, 5000)
    caller.peer, callee.peer = callee, caller
    yield caller, callee
    caller.close()
    callee.close()


@pytest.fixture
def mallory(lab):
    """At the port of the caller: nearer to it than any other stranger."""
    with UdpSocket(MALLORY, 4000) as socket:
        yield socket


@pytest.fixture
def call(make_relay, parties, mode):
    learning, modifier, _ = MODES[mode]
    relay = make_relay(learning=learning, first_udp_port=FIRST_UDP_PORT,
                       last_udp_port=LAST_UDP_PORT).start()
    caller, callee = parties
    callee.relay = relay.control.endpoint(f"U{modifier} attacked {ALICE.ip} 4000 f")
    caller.relay = relay.control.endpoint(f"L{modifier} attacked {BOB.ip} 5000 f t")
    return relay


def attack_in_phase(phase: str, attack_round, parties) -> None:
    """`attack_round(n)` is one round of the attack."""
    caller, callee = parties
    if phase == "after":
        caller.joins()
        callee.joins()
        caller.talks()
        callee.talks()
    for n in range(ROUNDS):
        if phase != "before":
            caller.speak()
            callee.speak()
        attack_round(n)


def assert_nothing_gained(phase, mode, parties, mallory) -> None:
    """The parties find each other all the same, and the stranger has heard nothing."""
    caller, callee = parties
    for party in parties:  # Long enough to be proved: until then a pause may cost their place.
        party.joins()
        party.talks()
    most = MODES[mode][2] if phase == "before" else 0
    for party in parties:
        assert party.strangers_heard() <= most
    before = [dict(party.strange) for party in parties]
    for n in range(20):  # Nor will he be heard now.
        mallory.send(strange_packet(100 + n), caller.relay)
        mallory.send(strange_packet(100 + n), callee.relay)
    caller.talks()
    callee.talks()
    for party in parties:
        party.strangers_heard()
    assert [party.strange for party in parties] == before
    assert mallory.collect(0) == []


@pytest.mark.parametrize("phase", PHASES)
@pytest.mark.parametrize("mode", MODES)
def test_spraying_all_ports(call, parties, mallory, mode, phase):
    """RTP bleed, ten rounds over the whole range, RTCP's ports too."""
    def spray(n: int) -> None:
        for port in range(FIRST_UDP_PORT, LAST_UDP_PORT + 1):
            mallory.send(strange_packet(n), Endpoint(RELAY.ip, port))
    attack_in_phase(phase, spray, parties)
    assert_nothing_gained(phase, mode, parties, mallory)


@pytest.mark.parametrize("phase", PHASES)
@pytest.mark.parametrize("mode", MODES)
def test_injecting_into_the_right_port(call, parties, mallory, mode, phase):
    """He knows the UDP ports of the call, RTP and RTCP, and is at the UDP port of the caller. Four
    packets before the parties speak; who goes on for longer then is documented."""
    caller, callee = parties

    def inject(n: int) -> None:
        if phase != "before" or n < 4:
            for to in (caller.relay, caller.relay.rtcp, callee.relay, callee.relay.rtcp):
                mallory.send(strange_packet(n), to)
    attack_in_phase(phase, inject, parties)
    assert_nothing_gained(phase, mode, parties, mallory)


@pytest.mark.parametrize("mode", MODES)
def test_injecting_with_the_callers_ssrc_and_a_far_sequence_number(call, parties, mallory, mode):
    caller, callee = parties
    caller.joins()
    caller.talks()
    callee.joins()
    for n in range(30):
        mallory.send(rtp(20000 + n, SSRC["caller"], 20), caller.relay)
    caller.talks()
    callee.talks()
    assert not any(len(packet) == 32 for packet in callee.rtp.collect(LATE))
    assert mallory.collect(0) == []


@pytest.mark.parametrize("mode", ["signalled"])
def test_injecting_from_the_callers_host(call, parties, mode):
    """Signalled means host and port."""
    caller, callee = parties
    caller.talks(1)
    with UdpSocket(ALICE, 4444) as neighbour:
        for n in range(30):
            neighbour.send(strange_packet(n), caller.relay)
        caller.talks()
        callee.talks()
        assert callee.strangers_heard() == 0 and neighbour.collect(0) == []


CALLS = 100


@pytest.fixture
def trunk(make_relay):
    """Many calls of which one host is the caller, all but the first with made up callees."""
    relay = make_relay().start()
    return relay, [relay.control.set_up(f"trunk-{n}", Endpoint(ALICE.ip, 10000 + 2 * n),
                                        Endpoint(BOB.ip, 20000 + 2 * n)) for n in range(CALLS)]


def assert_trunk_is_heard(call, n: int, sequence: int) -> None:
    """The very first packet is."""
    with UdpSocket(ALICE, 10000 + 2 * n) as caller, UdpSocket(BOB, 20000 + 2 * n) as callee:
        caller.send(rtp(sequence), call.for_caller)
        assert callee.next() == rtp(sequence)
        callee.send(rtp(sequence), call.for_callee)
        assert caller.next() == rtp(sequence)


def test_mass_hang_up_silences_no_trunk(trunk):
    """A host whose calls end while its media still comes hits many ports without session."""
    relay, calls = trunk
    for call in calls[:-2]:
        relay.control.hang_up(call)
    with UdpSocket(ALICE, 4000) as media:
        for sequence in range(5):
            for call in calls[:-2]:
                media.send(rtp(sequence), call.for_caller)
    assert_trunk_is_heard(calls[-1], CALLS - 1, sequence=1)
    new = relay.control.set_up("new", Endpoint(ALICE.ip, 10000), Endpoint(BOB.ip, 20000))
    assert_trunk_is_heard(new, 0, sequence=1)


def test_spraying_in_the_name_of_a_trunk_silences_it_not(trunk):
    relay, calls = trunk
    assert_trunk_is_heard(calls[0], 0, sequence=1)
    used = {endpoint.port + rtcp for call in calls for rtcp in (0, 1)
            for endpoint in (call.for_caller, call.for_callee)}
    unused = [port for port in range(35000, 36000) if port not in used]
    template = bytes(to_relay(ALICE, 10000, Endpoint(RELAY.ip, 1), rtp(0)))
    with Wire(MALLORY) as mallory:
        for port in unused:  # Its UDP checksum is wrong then, which such a packet needs not be for.
            mallory.send(template[:36] + port.to_bytes(2, "big") + template[38:])
    assert_trunk_is_heard(calls[0], 0, sequence=2)
    assert_trunk_is_heard(calls[1], 1, sequence=1)
    assert relay.telemetry("/mediaplane/drops")["no_session"] >= 500


def test_what_comes_from_the_relay_itself_is_dropped(make_relay, parties):
    """Each flow's place is at another's: what went round once would go round for ever."""
    relay = make_relay().start()
    caller, callee = parties
    callee.relay = relay.control.endpoint(f"U looped {ALICE.ip} 4000 f")
    caller.relay = relay.control.endpoint(f"L looped {BOB.ip} 5000 f t")
    caller.talks()
    with Wire(MALLORY) as mallory:
        for n in range(20):
            for to, source in ((caller.relay, callee.relay), (callee.relay, caller.relay)):
                mallory.send(to_relay(MALLORY, source.port, to, strange_packet(n),
                                      ip={"src": RELAY.ip}))
        caller.talks()
        assert mallory.collect(is_ip_from_relay, LATE) == []
    assert sum(party.strangers_heard() for party in parties) == 0
    relay.stop()
    assert relay.drops("own_address") == 40
