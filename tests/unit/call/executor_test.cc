// SPDX-License-Identifier: BSD-2-Clause
// Commands from their text to the data plane and back.
#include <gmock/gmock.h>

#include "tests/unit/call/executor_fixture.h"

namespace mediaplane {
namespace {

using abi::MessageType;
using abi::Side;
using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsEmpty;

class ExecutorTest : public ExecutorFixture {};

TEST_F(ExecutorTest, BeforeTheFirstAttachmentOnlyWhatNamesNoCallIsAnswered) {
  EXPECT_EQ(ask("V"), "20040107");
  EXPECT_EQ(ask("VF 20050322"), "1");
  EXPECT_EQ(ask("VF 20250523"), "0");
  EXPECT_EQ(ask("U c 192.0.2.1 4000 f"), "E98");
  // A former control plane may have had them.
  EXPECT_EQ(ask("L c 192.0.2.1 4000 f t"), "E98");
  EXPECT_EQ(ask("D c f"), "E98");
  EXPECT_EQ(ask("Q c f t"), "E98");
  EXPECT_EQ(ask("X"), "E98");
}

TEST_F(ExecutorTest, OfferAndAnswerGetAPortOnEachSide) {
  attach();
  EXPECT_EQ(ask("U c 192.0.2.1 4000 f"), "35000 192.0.2.9");
  EXPECT_EQ(last_sent(Side::kCallee).udp_port, 35000);
  EXPECT_EQ(last_sent(Side::kCaller).udp_port, 0);
  EXPECT_EQ(last_sent(Side::kCaller).signalled, (Endpoint{*parse_ip("192.0.2.1"), 4000}));
  EXPECT_FALSE(last_sent(Side::kCallee).signalled.is_set());
  EXPECT_EQ(link_.sent.back().call_id, "c");
  EXPECT_EQ(link_.sent.back().from_tag, "f");

  EXPECT_EQ(ask("L c 192.0.2.2 5000 f t"), "35002 192.0.2.9");
  EXPECT_EQ(last_sent(Side::kCallee).udp_port, 35000);
  EXPECT_EQ(last_sent(Side::kCaller).udp_port, 35002);
  EXPECT_EQ(last_sent(Side::kCallee).signalled, (Endpoint{*parse_ip("192.0.2.2"), 5000}));
  EXPECT_EQ(link_.sent[0].id, link_.sent[1].id);
}

TEST_F(ExecutorTest, IsAnsweredWhenTheDataplaneHasConfirmed) {
  attach();
  send("U c 192.0.2.1 4000 f");
  EXPECT_THAT(answers_, IsEmpty());
  confirm_all();
  EXPECT_THAT(answers_, ElementsAre("35000 192.0.2.9"));
  send("D c f");
  EXPECT_EQ(answers_.size(), 1U);
  confirm_all();
  EXPECT_EQ(answers_.back(), "0");
}

TEST_F(ExecutorTest, CommandsOfOneCallWaitForEachOtherAndNotForOtherCalls) {
  attach();
  send("U c 192.0.2.1 4000 f");
  send("L c 192.0.2.2 5000 f t");
  send("D c f");
  send("U c2 192.0.2.1 4000 f");
  ASSERT_EQ(link_.sent.size(), 2U);
  executor_.on_reply(link_.sent[1].request, abi::Status::kDone, now_);
  EXPECT_THAT(answers_, ElementsAre("35002 192.0.2.9"));
  executor_.on_reply(link_.sent[0].request, abi::Status::kDone, now_);
  ASSERT_EQ(link_.sent.size(), 3U);
  executor_.on_reply(link_.sent[2].request, abi::Status::kDone, now_);
  ASSERT_EQ(link_.sent.size(), 4U);
  EXPECT_EQ(link_.sent[3].type, MessageType::kRemoveSession);
  executor_.on_reply(link_.sent[3].request, abi::Status::kDone, now_);
  EXPECT_THAT(answers_, ElementsAre("35002 192.0.2.9", "35000 192.0.2.9", "35004 192.0.2.9", "0"));
}

TEST_F(ExecutorTest, RepeatedCommandsGetTheSamePorts) {
  attach();
  EXPECT_EQ(ask("U c 192.0.2.1 4000 f"), ask("U c 192.0.2.1 4000 f"));
  EXPECT_EQ(ask("L c 192.0.2.2 4000 f t"), ask("L c 192.0.2.2 4000 f t2"));
  EXPECT_EQ(ask("D c f"), "0");
  EXPECT_EQ(ask("D c f"), "E50");
}

TEST_F(ExecutorTest, CountsOffersThatCarryAnAddress) {
  attach();
  ask("U c 192.0.2.1 4000 f");
  ask("U c 0.0.0.0 4000 f");
  EXPECT_EQ(last_sent(Side::kCaller).offers, 1U);
  EXPECT_EQ(last_sent(Side::kCaller).signalled.udp_port, 4000);
  ask("U c 192.0.2.1 0 f");
  EXPECT_EQ(last_sent(Side::kCaller).offers, 2U);
  EXPECT_EQ(last_sent(Side::kCaller).signalled.udp_port, 0);
}

TEST_F(ExecutorTest, MissingConfirmationIsRolledBack) {
  attach();
  is_dataplane_alive_ = false;
  send("U c 192.0.2.1 4000 f");
  pass(milliseconds(480));
  EXPECT_THAT(answers_, IsEmpty());
  pass(milliseconds(40));
  EXPECT_THAT(answers_, ElementsAre("E98"));
  // After one miss nobody waits any more.
  EXPECT_EQ(ask("U c2 192.0.2.1 4000 f"), "E98");
  EXPECT_EQ(ask("V"), "20040107");

  is_dataplane_alive_ = true;
  pass(milliseconds(20));
  ASSERT_EQ(link_.sent.size(), 2U);
  EXPECT_EQ(link_.sent[1].type, MessageType::kRemoveSession);
  EXPECT_EQ(link_.sent[1].id, link_.sent[0].id);
  EXPECT_EQ(ask("L c 192.0.2.2 4000 f t"), "0");
  EXPECT_EQ(ask("U c 192.0.2.1 4000 f"), "35002 192.0.2.9");
}

TEST_F(ExecutorTest, MissedChangeOfASessionIsTakenBack) {
  attach();
  ask("U c 192.0.2.1 4000 f");
  is_dataplane_alive_ = false;
  send("L c 192.0.2.2 5000 f t");
  pass(milliseconds(520));
  EXPECT_EQ(answers_.back(), "E98");
  is_dataplane_alive_ = true;
  pass(milliseconds(20));
  EXPECT_EQ(link_.sent.back().type, MessageType::kSetSession);
  EXPECT_EQ(last_sent(Side::kCaller).udp_port, 0);
  EXPECT_FALSE(last_sent(Side::kCallee).signalled.is_set());
}

TEST_F(ExecutorTest, LateConfirmationChangesNothing) {
  attach();
  is_dataplane_alive_ = false;
  send("U c 192.0.2.1 4000 f");
  pass(milliseconds(520));
  is_dataplane_alive_ = true;
  pass(milliseconds(20));
  confirm_all();
  EXPECT_THAT(answers_, ElementsAre("E98"));
  EXPECT_EQ(ask("D c f"), "E50");
}

TEST_F(ExecutorTest, FullRingIsAnError) {
  attach();
  link_.is_full = true;
  EXPECT_EQ(ask("U c 192.0.2.1 4000 f"), "E98");
  link_.is_full = false;
  EXPECT_EQ(ask("U c 192.0.2.1 4000 f"), "35002 192.0.2.9");
}

TEST_F(ExecutorTest, DeletionSucceedsWhateverTheDataplaneDoes) {
  attach();
  ask("U c 192.0.2.1 4000 f");
  ask("U c2 192.0.2.1 4000 f");
  is_dataplane_alive_ = false;
  send("D c f");
  pass(milliseconds(520));
  EXPECT_EQ(answers_.back(), "0");
  EXPECT_EQ(ask("D c f"), "E50");
  EXPECT_EQ(ask("D c2 f"), "0");
  const auto before = link_.sent.size();
  is_dataplane_alive_ = true;
  pass(milliseconds(20));
  EXPECT_EQ(link_.sent.size(), before + 2);
}

TEST_F(ExecutorTest, DeletionIntoAFullRingIsMadeUpForLater) {
  attach();
  ask("U c 192.0.2.1 4000 f");
  link_.is_full = true;
  EXPECT_EQ(ask("D c f"), "0");
  EXPECT_EQ(ask("U c 192.0.2.1 4000 f"), "E98");
  link_.is_full = false;
  pass(milliseconds(20));
  EXPECT_EQ(link_.sent.back().type, MessageType::kRemoveSession);
  EXPECT_EQ(ask("U c 192.0.2.1 4000 f"), "35002 192.0.2.9");
}

TEST_F(ExecutorTest, DataplaneWithoutRoomLeavesNothingBehind) {
  attach();
  send("U c 192.0.2.1 4000 f");
  confirm_all(abi::Status::kTableFull);
  EXPECT_EQ(answers_.back(), "E72");
  EXPECT_EQ(ask("U c 192.0.2.1 4000 f"), "35002 192.0.2.9");
  send("L c 192.0.2.1 4000 f t");
  confirm_all(abi::Status::kUdpPortInUse);
  EXPECT_EQ(answers_.back(), "E71");
}

TEST_F(ExecutorTest, SessionsEndWithTheCapacity) {
  attach();
  for (int i = 0; i < 8; ++i) ask("U c" + std::to_string(i) + " 192.0.2.1 4000 f");
  EXPECT_EQ(ask("U c8 192.0.2.1 4000 f"), "E72");
  EXPECT_EQ(ask("L c0 192.0.2.1 4000 f t"), "35016 192.0.2.9");
  EXPECT_EQ(ask("L c1 192.0.2.1 4000 f t"), "35018 192.0.2.9");
  EXPECT_EQ(ask("L c2 192.0.2.1 4000 f t"), "E71");
  EXPECT_EQ(ask("D c0 f"), "0");
  EXPECT_EQ(ask("L c2 192.0.2.1 4000 f t"), "35016 192.0.2.9");
}

TEST_F(ExecutorTest, NewUseOfAnIndexIsANewGeneration) {
  attach();
  for (int i = 0; i < 9; ++i) {
    ask("U c 192.0.2.1 4000 f");
    ask("D c f");
  }
  EXPECT_EQ(link_.sent[0].id.index, link_.sent[16].id.index);
  EXPECT_NE(link_.sent[0].id.generation, link_.sent[16].id.generation);
}

TEST_F(ExecutorTest, DeleteAllComesBehindWhatIsInFlight) {
  attach();
  ask("U c1 192.0.2.1 4000 f;1");
  ask("U c1 192.0.2.1 4000 f;2");
  send("U c2 192.0.2.1 4000 f");
  send("X");
  EXPECT_EQ(answers_.size(), 2U);
  confirm_all();
  EXPECT_EQ(answers_.back(), "0");
  EXPECT_EQ(ask("D c1 f"), "E50");
  EXPECT_EQ(ask("D c2 f"), "E50");
  EXPECT_EQ(ask("X"), "0");
}

TEST_F(ExecutorTest, DeleteAllSucceedsWithoutADataplane) {
  attach();
  ask("U c1 192.0.2.1 4000 f");
  executor_.on_lost(now_);
  EXPECT_EQ(ask("X"), "0");
  EXPECT_EQ(ask("D c1 f"), "E50");
}

TEST_F(ExecutorTest, DrainingRefusesOnlyNewSessions) {
  attach();
  ask("U c 192.0.2.1 4000 f");
  executor_.drain();
  EXPECT_EQ(ask("U c2 192.0.2.1 4000 f"), "E99");
  EXPECT_EQ(ask("U c 192.0.2.1 4000 f"), "35000 192.0.2.9");
  EXPECT_EQ(ask("L c 192.0.2.1 4000 f t"), "35002 192.0.2.9");
  EXPECT_FALSE(executor_.is_drained());
  send("D c f");
  EXPECT_FALSE(executor_.is_drained());
  confirm_all();
  EXPECT_TRUE(executor_.is_drained());
}

TEST_F(ExecutorTest, WithoutMemoryThereAreNoNewSessions) {
  attach();
  ask("U c 192.0.2.1 4000 f");
  executor_.set_short_of_memory(true);
  EXPECT_EQ(ask("U c2 192.0.2.1 4000 f"), "E81");
  EXPECT_EQ(ask("L c 192.0.2.1 4000 f t"), "35002 192.0.2.9");
  EXPECT_EQ(ask("D c f"), "0");
  executor_.set_short_of_memory(false);
  EXPECT_EQ(ask("U c2 192.0.2.1 4000 f"), "35004 192.0.2.9");
}

TEST_F(ExecutorTest, PurelyWeakSessionIgnoresAStrongDeletion) {
  attach();
  ask("UW c 192.0.2.1 4000 f");
  EXPECT_EQ(ask("D c f"), "0");
  EXPECT_EQ(link_.sent.size(), 1U);
  EXPECT_EQ(ask("L c 192.0.2.2 4000 f t"), "35002 192.0.2.9");
}

TEST_F(ExecutorTest, DeletionThatLeavesAClaimIsToldToTheDataplane) {
  attach();
  ask("UW c 192.0.2.1 4000 f");
  ask("U c 192.0.2.1 4000 f");
  EXPECT_EQ(ask("D c f"), "0");
  EXPECT_EQ(link_.sent.back().type, MessageType::kSetSession);
  EXPECT_EQ(link_.sent.back().session.control_flags, weak(Side::kCallee));
}

}  // namespace
}  // namespace mediaplane
