// SPDX-License-Identifier: BSD-2-Clause
// The modes beside adaptive learning.
#include <gtest/gtest.h>

#include "tests/unit/flow/flow_script.h"

namespace mediaplane::test {
namespace {

using Hold = LatchState::Hold;

FlowScript first_packet(const Endpoint& signalled = kSignalled) {
  return FlowScript(signalled, abi::Learning::kFirstPacket);
}

TEST(FirstPacket, TheFirstSourceLocksWhoeverItIs) {
  for (const auto& source : {kSignalled, kOtherPort, kSamePort, kStranger}) {
    for (const bool is_rtp : {true, false}) {
      auto flow = first_packet();
      is_rtp ? flow.rtp(source, 1, 1) : flow.other(source);
      EXPECT_EQ(flow.view().source, source);
      EXPECT_EQ(flow.view().destination, source);
      EXPECT_TRUE(flow.view().proved);
    }
  }
}

TEST(FirstPacket, AnSsrcOfZeroDoesNotLock) {
  auto flow = first_packet();
  flow.rtp(kStranger, 0, 1);
  EXPECT_FALSE(flow.view().proved);
  flow.rtp(kSignalled, 5, 1);
  EXPECT_EQ(flow.view().source, kSignalled);
  EXPECT_TRUE(flow.view().proved);
}

TEST(FirstPacket, OthersAreDroppedAfterThat) {
  auto flow = first_packet();
  flow.rtp(kStranger, 1, 1);
  flow.stream(kSignalled, 2, 50);
  EXPECT_EQ(flow.view().source, kStranger);
}

TEST(FirstPacket, TheSameStreamMayMoveWithin536) {
  struct Row {
    std::uint32_t ssrc;
    std::uint16_t sequence;
    bool moves;
  };
  const Row rows[] = {{1, 1001, true}, {1, 1535, true}, {1, 1536, false},
                      {1, 465, true},  {1, 464, false}, {2, 1001, false}};
  for (const auto& row : rows) {
    SCOPED_TRACE(row.sequence);
    auto flow = first_packet();
    flow.rtp(kSignalled, 1, 1000);
    flow.rtp(kStranger, row.ssrc, row.sequence);
    EXPECT_EQ(flow.view().source == kStranger, row.moves);
  }
}

TEST(FirstPacket, ForTenSecondsAfterAnOfferAnyRtpTakesOver) {
  auto flow = first_packet();
  flow.rtp(kSignalled, 1, 1);
  flow.signal(kSignalled);
  flow.other(kStranger);
  EXPECT_EQ(flow.view().source, kSignalled) << "not RTP";
  flow.rtp(kStranger, 2, 1);
  EXPECT_EQ(flow.view().source, kStranger);
  flow.pass(1000);
  flow.rtp(kSecondStranger, 3, 1);
  EXPECT_EQ(flow.view().source, kStranger) << "the window is over";
}

TEST(FirstPacket, ANewAddressIsAdoptedUnlessARealSourceHasOverriddenTheOldOne) {
  const auto next = at("198.51.100.20", 4002);
  auto trusted = first_packet();
  trusted.rtp(kSignalled, 1, 1);
  trusted.signal(next);
  EXPECT_EQ(trusted.view().destination, next);

  auto behind_nat = first_packet();
  behind_nat.rtp(kStranger, 1, 1);
  behind_nat.signal(next);
  EXPECT_EQ(behind_nat.view().destination, kStranger);
}

TEST(AddressMode, TheSignalledAddressGetsTheMediaWhateverComes) {
  FlowScript flow(kSignalled, abi::Learning::kAddress);
  flow.stream(kOtherPort, 1, 10);
  EXPECT_EQ(flow.state.hold, Hold::kNobody);
  EXPECT_EQ(flow.view().destination, kSignalled);
  EXPECT_TRUE(is_fixed(flow.policy));
}

TEST(AddressMode, WithNothingSignalledTheFirstSourceIsFixedPortIncluded) {
  FlowScript flow(kUnset, abi::Learning::kAddress);
  flow.other(kStranger);
  EXPECT_EQ(flow.view().source, kStranger);
  EXPECT_TRUE(flow.view().proved);
  flow.stream(kSecondStranger, 1, 50);
  EXPECT_EQ(flow.view().source, kStranger);
  flow.signal(kSignalled);
  EXPECT_EQ(flow.view().destination, kSignalled);
  EXPECT_EQ(flow.view().source, kUnset) << "the signalled host decides from now on";
}

TEST(SignalledMode, NobodyIsLearned) {
  for (const auto& signalled : {kSignalled, kUnset}) {
    FlowScript flow(signalled, abi::Learning::kSignalled);
    flow.stream(kStranger, 1, 50);
    EXPECT_EQ(flow.state.hold, Hold::kNobody);
    EXPECT_EQ(flow.view().destination, signalled);
  }
}

TEST(Latch, AChangeOfModeStartsAnew) {
  FlowScript flow;
  flow.stream(kStranger, 1, 10);
  auto next = flow.policy;
  next.mode = abi::Learning::kSignalled;
  EXPECT_EQ(after_policy(flow.policy, next, flow.state, flow.now), LatchState{});
}

}  // namespace
}  // namespace mediaplane::test
