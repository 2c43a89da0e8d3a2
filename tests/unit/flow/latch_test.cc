// SPDX-License-Identifier: BSD-2-Clause
// Learning as dialogues: each case is a policy and a list of steps; a step is a datagram (or the
// passing of time, or a new signalled address) and what has to hold after it.
#include "dataplane/flow/latch.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/unit/flow/flow_script.h"

namespace mediaplane::test {
namespace {

using Hold = LatchState::Hold;

using Sequences = std::vector<std::uint16_t>;

TEST(Latch, RanksCountHostBeforePort) {
  const LatchPolicy policy{abi::Learning::kAdaptive, false, kSignalled, 0};
  EXPECT_EQ(rank_of(policy, kSignalled), 0);
  EXPECT_EQ(rank_of(policy, kOtherPort), 1);
  EXPECT_EQ(rank_of(policy, kSamePort), 2);
  EXPECT_EQ(rank_of(policy, kStranger), 3);
  EXPECT_EQ(rank_of({}, kStranger), 1) << "nothing signalled";
}

TEST(Latch, MediaGoesToTheSignalledAddressUntilASourceIsTaken) {
  const FlowScript flow;
  EXPECT_EQ(flow.view().destination, kSignalled);
  EXPECT_EQ(flow.view().source, kUnset);
}

TEST(Latch, ASignalledUdpPortOfZeroIsNoDestination) {
  const FlowScript flow(at("192.0.2.10", 0));
  EXPECT_EQ(flow.view().destination, kUnset);
}

struct FirstDatagram {
  const char* name;
  Endpoint signalled;
  Endpoint source;
  Hold hold;
  Endpoint destination;
};

TEST(Latch, FirstDatagramByRank) {
  const FirstDatagram rows[] = {
      {"rank 0 takes", kSignalled, kSignalled, Hold::kTaken, kSignalled},
      {"rank 1 takes", kSignalled, kOtherPort, Hold::kTaken, kOtherPort},
      {"rank 2 is a candidate", kSignalled, kSamePort, Hold::kCandidate, kSignalled},
      {"rank 3 is a candidate", kSignalled, kStranger, Hold::kCandidate, kSignalled},
      {"nothing signalled: taken", kUnset, kStranger, Hold::kTaken, kStranger},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.name);
    for (const bool is_rtp : {true, false}) {
      FlowScript flow(row.signalled);
      is_rtp ? flow.rtp(row.source, 1, 1) : flow.other(row.source);
      EXPECT_EQ(flow.state.hold, row.hold);
      EXPECT_EQ(flow.view().destination, row.destination);
      EXPECT_FALSE(flow.view().proved);
    }
  }
}

TEST(Latch, FivePacketsOfOneSsrcProve) {
  for (const auto& source : {kSignalled, kOtherPort, kSamePort, kStranger}) {
    FlowScript flow;
    flow.stream(source, 7, 4);
    EXPECT_FALSE(flow.view().proved);
    flow.stream(source, 7, 1);
    EXPECT_TRUE(flow.view().proved);
    EXPECT_EQ(flow.view().source, source);
    EXPECT_EQ(flow.view().destination, source);
  }
}

TEST(Latch, FiveOtherDatagramsProve) {
  FlowScript flow;
  for (int i = 0; i < 4; ++i) flow.other(kStranger);
  EXPECT_EQ(flow.state.hold, Hold::kCandidate);
  flow.other(kStranger);
  EXPECT_EQ(flow.state.hold, Hold::kLocked);
}

TEST(Latch, LatePacketsAndOtherSsrcsDoNotCount) {
  FlowScript flow;
  for (const std::uint16_t sequence : Sequences{10, 9, 8, 10, 11, 12, 5})
    flow.rtp(kStranger, 1, sequence);
  EXPECT_EQ(flow.state.hold, Hold::kCandidate) << "10, 11, 12 are three";
  for (const std::uint16_t sequence : Sequences{1, 2, 3, 4}) flow.rtp(kStranger, 2, sequence);
  EXPECT_EQ(flow.state.hold, Hold::kCandidate) << "another SSRC starts anew";
  flow.rtp(kStranger, 2, 5);
  EXPECT_EQ(flow.state.hold, Hold::kLocked);
}

TEST(Latch, SequenceNumbersWrap) {
  FlowScript flow;
  for (const std::uint16_t sequence : Sequences{65533, 65534, 65535, 0, 1})
    flow.rtp(kStranger, 1, sequence);
  EXPECT_EQ(flow.state.hold, Hold::kLocked);
}

TEST(Latch, ABetterRankTakesOverAnUnprovedSource) {
  struct Row {
    Endpoint present, newcomer;
    bool takes_over;
  };
  const Row rows[] = {
      {kOtherPort, kSignalled, true},
      {kSamePort, kSignalled, true},
      {kStranger, kOtherPort, true},
      {kStranger, kSamePort, false},  // Better, but neither 0 nor 1.
      {kOtherPort, kThirdPort, false},
      {kSignalled, kOtherPort, false},
      {kSignalled, kStranger, false},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(to_string(row.present) + " then " + to_string(row.newcomer));
    FlowScript flow;
    flow.stream(row.present, 1, 4);
    flow.stream(row.newcomer, 2, 1);
    EXPECT_EQ(flow.state.present.source, row.takes_over ? row.newcomer : row.present);
    if (row.takes_over) {
      EXPECT_EQ(flow.state.hold, Hold::kTaken);
    }
  }
}

TEST(Latch, OthersNeedTheirOwnProofAndSilence) {
  FlowScript flow;
  flow.stream(kSignalled, 1, 2);
  for (int i = 0; i < 10; ++i) {  // The present one goes on speaking: SSRC changes, no proof.
    flow.rtp(kSignalled, 100U + static_cast<unsigned>(i), 1, 1);
    flow.stream(kStranger, 2, 1);
  }
  EXPECT_EQ(flow.state.present.source, kSignalled) << "it was not silent";
  flow.pass(4);
  flow.stream(kStranger, 2, 1);
  EXPECT_EQ(flow.state.present.source, kSignalled) << "60 ms of silence";
  flow.pass(6);
  flow.stream(kStranger, 2, 1);
  EXPECT_EQ(flow.state.present.source, kStranger) << "140 ms of silence";
  EXPECT_EQ(flow.state.hold, Hold::kLocked);
}

TEST(Latch, SilenceAloneIsNoProof) {
  FlowScript flow;
  flow.stream(kSignalled, 1, 2);
  flow.pass(100);
  flow.stream(kStranger, 2, 4);
  EXPECT_EQ(flow.state.present.source, kSignalled);
  flow.stream(kStranger, 2, 1);
  EXPECT_EQ(flow.state.present.source, kStranger);
}

TEST(Latch, TwoChallengersKeepTheirOwnCount) {
  FlowScript flow;
  flow.stream(kSignalled, 1, 2);
  flow.pass(100);
  for (int i = 0; i < 4; ++i) {
    flow.stream(kStranger, 2, 1);
    flow.stream(kSecondStranger, 3, 1);
  }
  EXPECT_EQ(flow.state.present.source, kSignalled);
  flow.stream(kSecondStranger, 3, 1);
  EXPECT_EQ(flow.state.present.source, kSecondStranger);
}

TEST(Latch, ALockedSourceOfRank0Or1StaysWhateverOthersSend) {
  for (const auto& present : {kSignalled, kOtherPort}) {
    FlowScript flow;
    flow.stream(present, 1, 5);
    flow.pass(1000);
    flow.stream(kStranger, 2, 50);
    flow.stream(kThirdPort, 3, 50);
    EXPECT_EQ(flow.view().source, present);
    EXPECT_TRUE(flow.view().proved);
  }
}

TEST(Latch, ALockedSourceOfRank2Or3YieldsAndComesBack) {
  for (const auto& locked : {kSamePort, kStranger}) {
    FlowScript flow;
    flow.stream(locked, 1, 5);
    flow.stream(kOtherPort, 2, 1);
    EXPECT_EQ(flow.view().source, kOtherPort);
    EXPECT_EQ(flow.view().destination, kOtherPort);
    flow.pass(9);
    EXPECT_EQ(flow.view().source, kOtherPort);
    flow.pass(1);
    EXPECT_EQ(flow.view().source, locked);
    EXPECT_TRUE(flow.view().proved);
  }
}

TEST(Latch, WhoHasComeBackMayRebindAgain) {
  FlowScript flow;
  flow.stream(kStranger, 1, 5);
  flow.stream(kOtherPort, 2, 1);
  flow.pass(11);
  ASSERT_EQ(flow.view().source, kStranger);
  flow.rtp(kSecondStranger, 1, 6);
  EXPECT_EQ(flow.view().source, kSecondStranger);
}

TEST(Latch, ANewcomerWhoWasHeardIsNotTakenForTheFormerOne) {
  FlowScript flow;
  flow.stream(kStranger, 1, 5);
  flow.stream(kOtherPort, 2, 2);  // The second is relayed and measured.
  flow.pass(11);
  ASSERT_EQ(flow.view().source, kStranger);
  flow.rtp(kSecondStranger, 2, 3);
  EXPECT_EQ(flow.view().source, kStranger) << "that is the newcomer's stream";
}

TEST(Latch, ANewcomerThatIsProvedStays) {
  FlowScript flow;
  flow.stream(kStranger, 1, 5);
  flow.stream(kSignalled, 2, 5);
  flow.pass(1000);
  EXPECT_EQ(flow.view().source, kSignalled);
  EXPECT_TRUE(flow.view().proved);
}

TEST(Latch, NatRebindingMovesTheSideAtOnce) {
  FlowScript flow;
  flow.stream(kStranger, 1, 10);
  flow.rtp(kSecondStranger, 1, 11);
  EXPECT_EQ(flow.view().source, kSecondStranger);
  EXPECT_EQ(flow.view().destination, kSecondStranger);
  EXPECT_TRUE(flow.view().proved) << "it keeps its proof";
}

TEST(Latch, OnlyTheNextSequenceNumbersAreARebinding) {
  struct Row {
    std::uint32_t ssrc;
    std::uint16_t sequence;
    bool moves;
  };
  const Row rows[] = {{1, 11, true},  {1, 522, true}, {1, 523, false},
                      {1, 10, false}, {1, 9, false},  {2, 11, false}};
  for (const auto& row : rows) {
    SCOPED_TRACE(row.sequence);
    FlowScript flow;
    flow.stream(kSignalled, 1, 10);
    flow.rtp(kStranger, row.ssrc, row.sequence);
    EXPECT_EQ(flow.view().source == kStranger, row.moves);
  }
}

// The flow's statistics still show the stream of who was displaced: going on with it is no proof of
// being the one who displaced.
TEST(Latch, WhoWasDisplacedDoesNotComeBackAsARebinding) {
  for (const int packets : {1, 2, 4, 5}) {  // A candidate, or locked.
    SCOPED_TRACE(packets);
    FlowScript flow;
    flow.stream(kStranger, 1, packets);
    flow.stream(kSignalled, 2, 1);
    flow.stream(kStranger, 1, 1);
    EXPECT_EQ(flow.view().source, kSignalled);
    flow.stream(kSignalled, 2, 1);
    flow.stream(kStranger, 1, 1);
    EXPECT_EQ(flow.view().source, kSignalled);
  }
}

TEST(Latch, ALockedNatSourceThatYieldedIsBackThoughItWentOnSending) {
  FlowScript flow;
  flow.stream(kStranger, 1, 5);
  flow.stream(kOtherPort, 2, 1);
  for (int i = 0; i < 4; ++i) flow.stream(kStranger, 1, 1);
  EXPECT_EQ(flow.view().source, kOtherPort);
  flow.stream(kStranger, 1, 1);
  EXPECT_EQ(flow.view().source, kStranger) << "100 ms of silence";
  flow.stream(kOtherPort, 2, 1);
  EXPECT_EQ(flow.view().source, kOtherPort) << "by rank, not as a rebinding";
}

TEST(Latch, AChallengerThatWonIsNotUndoneByWhoItDisplaced) {
  FlowScript flow;
  flow.stream(kSignalled, 1, 2);
  flow.pass(100);
  flow.stream(kStranger, 2, 5);
  ASSERT_EQ(flow.view().source, kStranger);
  flow.rtp(kThirdPort, 1, 3);  // The displaced stream from yet another address.
  EXPECT_FALSE(flow.state.rebound);
}

TEST(Latch, AnOlderPacketOfTheFormerAddressUndoesNoRebinding) {
  FlowScript flow;
  flow.stream(kSignalled, 1, 10);
  flow.rtp(kOtherPort, 1, 11);
  const Datagram late{kSignalled, flow.now - 1, 1, 10, true, false, false};
  flow.state = after_datagram(flow.policy, flow.state, late, flow.last);
  EXPECT_EQ(flow.view().source, kOtherPort);
}

TEST(Latch, AWindowNeitherEndsLaterNorLiftsTheBanByARebinding) {
  FlowScript flow;
  flow.stream(kOtherPort, 1, 10);
  flow.rtp(kThirdPort, 1, 11);
  flow.rtp(kOtherPort, 1, 12);  // Undone: no move for 5 s.
  flow.signal(at("198.51.100.20", 4002));
  flow.rtp(kThirdPort, 1, 13);
  EXPECT_EQ(flow.view().source, kOtherPort);
}

TEST(Latch, ARebindingIsUndoneWhenTheOldSourceSpeaks) {
  FlowScript flow;
  flow.stream(kSignalled, 1, 10);
  flow.rtp(kStranger, 1, 11);
  flow.rtp(kSignalled, 1, 12, 50);
  EXPECT_EQ(flow.view().source, kSignalled);
  flow.rtp(kStranger, 1, 13);
  EXPECT_EQ(flow.view().source, kSignalled) << "no further move for 5 s";
  flow.rtp(kSignalled, 1, 14, 500);
  flow.rtp(kStranger, 1, 15);
  EXPECT_EQ(flow.view().source, kStranger) << "5 s have passed";
}

TEST(Latch, AfterHalfASecondTheOldSourceComesTooLate) {
  FlowScript flow;
  flow.stream(kOtherPort, 1, 10);
  flow.rtp(kThirdPort, 1, 11);
  flow.rtp(kOtherPort, 9, 1, 51);
  EXPECT_EQ(flow.view().source, kThirdPort);
}

const Endpoint kNewAddress = at("198.51.100.20", 4002);

TEST(Latch, ANewSignalledAddressIsFollowedWhereTheOldSourceHadRank0) {
  FlowScript flow;
  flow.stream(kSignalled, 1, 5);
  flow.signal(kNewAddress);
  EXPECT_EQ(flow.view().destination, kNewAddress);
  EXPECT_EQ(flow.view().source, kSignalled) << "but it may still send";
  EXPECT_FALSE(flow.view().proved);
}

TEST(Latch, ANewSignalledAddressDoesNotMoveMediaOfALearnedSource) {
  for (const auto& learned : {kOtherPort, kStranger}) {
    FlowScript flow;
    flow.stream(learned, 1, 5);
    flow.signal(kNewAddress);
    EXPECT_EQ(flow.view().destination, learned);
    EXPECT_FALSE(flow.view().proved);
  }
}

TEST(Latch, InTheWindowANewSourceOfRank0Or1TakesOverAtOnce) {
  FlowScript flow;
  flow.stream(kStranger, 1, 5);
  flow.signal(kNewAddress);
  flow.stream(kStranger, 1, 20);
  EXPECT_FALSE(flow.view().proved) << "whatever it sends";
  flow.stream(kNewAddress, 2, 1);
  EXPECT_EQ(flow.view().source, kNewAddress);
  EXPECT_FALSE(flow.state.in_window);
}

TEST(Latch, AfterTheWindowASpeakingSourceIsLockedAgain) {
  FlowScript flow;
  flow.stream(kSignalled, 1, 5);
  flow.signal(kNewAddress);
  for (int i = 0; i < 499; ++i) flow.stream(kSignalled, 1, 1);
  flow.pass(1);
  EXPECT_EQ(flow.view().destination, kNewAddress) << "9.99 s";
  flow.pass(1);
  EXPECT_EQ(flow.view().source, kSignalled);
  EXPECT_EQ(flow.view().destination, kSignalled);
  EXPECT_TRUE(flow.view().proved);
}

TEST(Latch, AfterTheWindowASilentSourceIsForgotten) {
  FlowScript flow;
  flow.stream(kOtherPort, 1, 5);
  flow.signal(kNewAddress);
  EXPECT_TRUE(flow.state.is_waiting());
  flow.pass(1000);
  EXPECT_EQ(flow.state.hold, Hold::kNobody);
  EXPECT_EQ(flow.view().destination, kNewAddress);
  EXPECT_FALSE(flow.state.is_waiting());
}

TEST(Latch, ARepeatedAddressChangesNothing) {
  FlowScript flow;
  flow.stream(kStranger, 1, 5);
  const auto before = flow.state;
  flow.signal(kSignalled);
  EXPECT_EQ(flow.state, before);
}

TEST(Latch, ASprayerTeachesOnlyWhereItsHostWasSignalled) {
  const auto after_one = [](const Endpoint& signalled, const Endpoint& source) {
    LatchPolicy policy;
    policy.expected = signalled;
    const Datagram datagram{source, 1, 1, 1, true, true, true};
    return after_datagram(policy, {}, datagram, {}).hold;
  };
  EXPECT_EQ(after_one(kSignalled, kSignalled), Hold::kTaken);
  EXPECT_EQ(after_one(kSignalled, kOtherPort), Hold::kTaken);
  EXPECT_EQ(after_one(kSignalled, kStranger), Hold::kNobody);
  EXPECT_EQ(after_one(kUnset, kStranger), Hold::kNobody);
}

TEST(Latch, WhoLostTheRaceForTheFingerprintWaitsForTheWinner) {
  LatchPolicy policy;
  policy.expected = kSignalled;
  Datagram late{kOtherPort, 1, 1, 1, true, false, false};
  EXPECT_EQ(after_datagram(policy, {}, late, {}).hold, Hold::kNobody);
  late.source = kSignalled;
  EXPECT_EQ(after_datagram(policy, {}, late, {}).hold, Hold::kTaken) << "nobody is better";
}

TEST(Latch, RtcpIsExpectedBesideRtp) {
  const LatchPolicy rtp{abi::Learning::kAdaptive, false, kSignalled, 0};
  EXPECT_EQ(rtcp_policy(rtp, {}).expected, at("192.0.2.10", 4001));
  EXPECT_FALSE(rtcp_policy(rtp, {}).same_host_only);

  FlowScript moved_port;
  moved_port.stream(kOtherPort, 1, 5);
  EXPECT_EQ(rtcp_policy(rtp, moved_port.state).expected, at("192.0.2.10", 4001));
  EXPECT_TRUE(rtcp_policy(rtp, moved_port.state).same_host_only);

  FlowScript moved_host;
  moved_host.stream(kStranger, 1, 5);
  EXPECT_EQ(rtcp_policy(rtp, moved_host.state).expected, at("203.0.113.66", 6667));
}

TEST(Latch, RtcpOfAnotherHostIsRefusedOnceRtpHasTakenOne) {
  LatchPolicy policy;
  policy.expected = at("192.0.2.10", 4001);
  policy.same_host_only = true;
  const Datagram stranger{kStranger, 1, 0, 0, false, true, false};
  EXPECT_EQ(after_datagram(policy, {}, stranger, {}).hold, Hold::kNobody);
}

TEST(Latch, RtcpStartsAnewWhenRtpMovesHost) {
  FlowScript rtcp(at("192.0.2.10", 4001));
  for (int i = 0; i < 5; ++i) rtcp.other(at("192.0.2.10", 4001));
  auto next = rtcp.policy;
  next.same_host_only = true;
  next.expected = at("203.0.113.66", 6667);
  EXPECT_EQ(after_policy(rtcp.policy, next, rtcp.state, rtcp.now), LatchState{});
}

}  // namespace
}  // namespace mediaplane::test
