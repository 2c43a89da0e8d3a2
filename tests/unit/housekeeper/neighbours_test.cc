// SPDX-License-Identifier: BSD-2-Clause
#include "tests/unit/housekeeper/neighbours_fixture.h"

namespace mediaplane::test {
namespace {

TEST_P(NeighboursTest, AsksThreeTimesASecondApartThenGivesUp) {
  const auto index = table_.acquire(0, phone_, us_, now_);
  const auto first = sent();
  ASSERT_EQ(first.size(), 1U);
  EXPECT_EQ(first[0].to, GetParam().everybody);
  EXPECT_EQ(first[0].ether_type, GetParam().question);
  pass(99);
  EXPECT_EQ(sent().size(), 0U);
  pass(1);
  EXPECT_EQ(sent().size(), 1U);
  pass(100);
  EXPECT_EQ(sent().size(), 1U);
  table_.hold(index, media(), now_);
  pass(100);
  EXPECT_EQ(sent().size(), 0U);
  EXPECT_EQ(unresolved(), 1U);
  EXPECT_EQ(table_.held(), 0U);
}

// Workers drop for a next hop that does not answer, so that its packets do not fill the slow path;
// a second later one packet makes us ask again.
TEST_P(NeighboursTest, ASilentOneIsKnownAsSuchForASecond) {
  const auto index = table_.acquire(0, phone_, us_, now_);
  EXPECT_TRUE(macs_.find(index).is_unknown());
  pass(300);
  EXPECT_TRUE(macs_.find(index).is_silent());
  pass(100);
  EXPECT_TRUE(macs_.find(index).is_unknown());
  EXPECT_TRUE(macs_.find(kNoNeighbour).is_silent()) << "no route";
  sent();
}

TEST_P(NeighboursTest, AnAnswerSendsWhatWasHeld) {
  const auto index = table_.acquire(0, phone_, us_, now_);
  sent();
  for (int i = 0; i < 3; ++i) table_.hold(index, media(), now_);
  table_.learn(0, phone_, kMac, true, now_);
  const auto packets = sent();
  ASSERT_EQ(packets.size(), 3U);
  EXPECT_EQ(packets[0].to, kMac);
  EXPECT_EQ(packets[0].ether_type, kEtherTypeIpv4);
  EXPECT_TRUE(is_known(index, kMac));
  EXPECT_EQ(table_.held(), 0U);
}

TEST_P(NeighboursTest, OnlyTheNewestPacketsAreHeld) {
  const auto index = table_.acquire(0, phone_, us_, now_);
  for (int i = 0; i < 10; ++i) table_.hold(index, media(), now_);
  EXPECT_EQ(table_.held(), NeighbourTable::kHeldPackets);
  EXPECT_EQ(unresolved(), 10 - NeighbourTable::kHeldPackets);
}

TEST_P(NeighboursTest, OneThatDoesNotAnswerIsAskedAgainWhenPacketsCome) {
  const auto index = table_.acquire(0, phone_, us_, now_);
  pass(301);
  sent();
  pass(100);
  EXPECT_EQ(sent().size(), 0U);
  table_.hold(index, media(), now_);
  EXPECT_EQ(sent().size(), 1U);
}

TEST_P(NeighboursTest, IsConfirmedByUnicastAfterThirtySecondsAndUsedMeanwhile) {
  const auto index = table_.acquire(0, phone_, us_, now_);
  table_.learn(0, phone_, kMac, true, now_);
  sent();
  pass(2999);
  EXPECT_EQ(sent().size(), 0U);
  pass(1);
  auto questions = sent();
  ASSERT_EQ(questions.size(), 1U);
  EXPECT_EQ(questions[0].to, kMac);
  pass(100);
  questions = sent();
  ASSERT_EQ(questions.size(), 1U);
  EXPECT_EQ(questions[0].to, GetParam().everybody);
  EXPECT_TRUE(is_known(index, kMac));
}

TEST_P(NeighboursTest, StrangersCreateNothing) {
  table_.learn(0, phone_, kOtherMac, true, now_);
  table_.learn(0, phone_, kOtherMac, false, now_);
  pass(1);
  EXPECT_EQ(sent().size(), 0U);
  const auto index = table_.acquire(0, phone_, us_, now_);
  EXPECT_FALSE(is_known(index, kOtherMac));
}

TEST_P(NeighboursTest, AnAnnouncementMakesUsAskAndOnlyTheAnswerCounts) {
  const auto index = table_.acquire(0, phone_, us_, now_);
  table_.learn(0, phone_, kMac, true, now_);
  sent();
  pass(100);
  table_.learn(0, phone_, kOtherMac, false, now_);
  table_.learn(0, phone_, kOtherMac, true, now_);
  pass(1);
  EXPECT_EQ(sent().size(), 0U) << "confirmed less than 5 s ago";
  EXPECT_TRUE(is_known(index, kMac));
  pass(400);
  const auto questions = sent();
  ASSERT_EQ(questions.size(), 1U);
  EXPECT_EQ(questions[0].to, GetParam().everybody);
  table_.learn(0, phone_, kOtherMac, true, now_);
  EXPECT_TRUE(is_known(index, kOtherMac)) << "it answered our question";
}

TEST_P(NeighboursTest, IsForgottenWithItsLastUser) {
  const auto index = table_.acquire(0, phone_, us_, now_);
  EXPECT_EQ(table_.acquire(0, phone_, us_, now_), index);
  table_.learn(0, phone_, kMac, true, now_);
  table_.release(index, now_);
  EXPECT_TRUE(is_known(index, kMac));
  table_.release(index, now_);
  EXPECT_FALSE(is_known(index, kMac));
}

TEST_P(NeighboursTest, APinnedGatewayIsNeverAsked) {
  const auto index = table_.pin(0, phone_, kMac, now_);
  EXPECT_EQ(table_.acquire(0, phone_, us_, now_), index);
  table_.learn(0, phone_, kOtherMac, true, now_);
  pass(4000);
  EXPECT_EQ(sent().size(), 0U);
  EXPECT_TRUE(is_known(index, kMac));
}

TEST_P(NeighboursTest, PinningTwiceIsOneNeighbour) {
  const auto index = table_.pin(0, phone_, kMac, now_);
  EXPECT_EQ(table_.pin(0, phone_, kMac, now_), index);
  EXPECT_EQ(table_.all().size(), 1U);
}

// fe80::1 is another router on another port.
TEST_P(NeighboursTest, TheSameAddressOnAnotherPortIsAnotherNeighbour) {
  const auto index = table_.acquire(0, phone_, us_, now_);
  EXPECT_NE(table_.acquire(1, phone_, us_, now_), index);
  table_.learn(1, phone_, kMac, true, now_);
  EXPECT_FALSE(is_known(index, kMac));
  sent();
}

INSTANTIATE_TEST_SUITE_P(, NeighboursTest, testing::ValuesIn(kFamilies),
                         [](const auto& row) { return row.param.name; });

}  // namespace
}  // namespace mediaplane::test
