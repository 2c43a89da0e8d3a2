// SPDX-License-Identifier: BSD-2-Clause
// The neighbour table where there are too many neighbours, or no link.
#include "tests/unit/housekeeper/neighbours_fixture.h"

namespace mediaplane::test {
namespace {

class NeighboursInTrouble : public NeighboursTest {};

TEST_P(NeighboursInTrouble, AtMostAHundredQuestionsASecond) {
  for (std::uint32_t i = 0; i < 120; ++i) table_.acquire(0, neighbour(i), us_, now_);
  EXPECT_EQ(sent().size(), 100U);
  pass(100);
  EXPECT_LE(sent().size(), 100U);
}

// Many that never answer, and packets for all of them.
TEST_P(NeighboursInTrouble, WhoComesLateIsAskedInTurn) {
  constexpr std::uint32_t kDead = 300;
  std::vector<NeighbourIndex> dead;
  for (std::uint32_t i = 0; i < kDead; ++i)
    dead.push_back(table_.acquire(0, neighbour(i), us_, now_));
  const auto index = table_.acquire(0, phone_, us_, now_);
  std::size_t most = 0;
  bool asked = false;
  for (int second = 0; second < 12 && !asked; ++second) {
    std::size_t questions = 0;
    for (int i = 0; i < 100 && !asked; ++i) {
      pass(1);
      for (const auto each : dead) table_.hold(each, media(), now_);
      questions += sent().size();
      table_.learn(0, phone_, kMac, true, now_);  // An answer, if it was asked.
      asked = is_known(index, kMac);
    }
    most = std::max(most, questions);
  }
  EXPECT_TRUE(asked);
  EXPECT_LE(most, 101U);
}

TEST_P(NeighboursInTrouble, ANumberRestsBeforeItIsAnothersSoThatNoOldEntryLeadsAstray) {
  const auto first = table_.acquire(0, phone_, us_, now_);
  table_.release(first, now_);
  EXPECT_NE(table_.acquire(0, neighbour(11), us_, now_), first);
  pass(10);
  EXPECT_EQ(table_.acquire(0, neighbour(12), us_, now_), first);
}

TEST_P(NeighboursInTrouble, TheTableIsBoundedByPort) {
  for (std::uint32_t i = 0; i < kMaxNeighboursOfPort; ++i) {
    ASSERT_NE(table_.acquire(0, neighbour(i), us_, now_), kNoNeighbour) << i;
  }
  EXPECT_EQ(table_.acquire(0, phone_, us_, now_), kNoNeighbour);
  EXPECT_NE(table_.acquire(1, phone_, us_, now_), kNoNeighbour);
  sent();
}

TEST_P(NeighboursInTrouble, NobodyIsForgottenWhileTheLinkIsDown) {
  const auto known = table_.acquire(0, phone_, us_, now_);
  table_.learn(0, phone_, kMac, true, now_);
  const auto asked = table_.acquire(0, neighbour(1), us_, now_);
  for (int i = 0; i < 2; ++i) table_.hold(asked, media(), now_);
  table_.link_changed(0, false, now_);
  EXPECT_EQ(table_.held(), 0U);
  table_.hold(asked, media(), now_);
  EXPECT_EQ(dropped(Verdict::kLinkDown), 3U);
  sent();
  pass(20000);
  EXPECT_EQ(sent().size(), 0U);
  EXPECT_TRUE(is_known(known, kMac));
  table_.link_changed(0, true, now_);
  const auto questions = sent();
  ASSERT_EQ(questions.size(), 2U);
  EXPECT_EQ(questions[0].to, kMac);
  EXPECT_EQ(questions[1].to, GetParam().everybody);
}

TEST_P(NeighboursInTrouble, WhoWasSilentIsAskedAtOnceWhenTheLinkComesUp) {
  const auto index = table_.acquire(0, phone_, us_, now_);
  pass(300);
  EXPECT_TRUE(macs_.find(index).is_silent());
  table_.link_changed(0, false, now_);
  sent();
  table_.link_changed(0, true, now_);
  EXPECT_TRUE(macs_.find(index).is_unknown()) << "packets are held for it";
  EXPECT_EQ(sent().size(), 1U);
  table_.link_changed(1, true, now_);
  EXPECT_EQ(sent().size(), 0U) << "another port";
}

// A new flow asks before the second of silence is over.
TEST_P(NeighboursInTrouble, WhoWasSilentAndAnswersIsNotForgottenLater) {
  const auto index = table_.acquire(0, phone_, us_, now_);
  pass(300);
  ASSERT_TRUE(macs_.find(index).is_silent());
  table_.acquire(0, phone_, us_, now_);
  EXPECT_TRUE(macs_.find(index).is_unknown()) << "packets are held for it";
  table_.learn(0, phone_, kMac, true, now_);
  for (int i = 0; i < 3100; ++i) {
    pass(1);
    ASSERT_TRUE(is_known(index, kMac)) << i;
  }
  sent();
}

INSTANTIATE_TEST_SUITE_P(, NeighboursInTrouble, testing::ValuesIn(kFamilies),
                         [](const auto& row) { return row.param.name; });

}  // namespace
}  // namespace mediaplane::test
