// SPDX-License-Identifier: BSD-2-Clause
// What happens to calls and commands when the data plane comes and goes, and when a call falls
// silent.
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

class AttachTest : public ExecutorFixture {
 protected:
  void count_packet(std::uint32_t session, Side side, abi::Component component) {
    auto& flow = link_.region()->flow_statistics(abi::flow_index(session, side, component));
    abi::add(flow.packets, std::uint64_t{1});
    flow.last_tick.store(link_.region()->header().tick.load());
  }

  bool is_alive(const std::string& call_id) {
    // An answer to a session refreshes it, so look with a deletion that deletes nothing.
    return ask("DW " + call_id + " f") == "0";
  }
};

TEST_F(AttachTest, BringsAllSessionsBack) {
  attach();
  ask("U c1 192.0.2.1 4000 f");
  ask("U c2 192.0.2.1 4000 f");
  executor_.on_lost(now_);
  EXPECT_EQ(ask("U c1 192.0.2.1 4000 f"), "E98");
  EXPECT_EQ(ask("D c2 f"), "0");

  link_.sent.clear();
  confirmed_ = 0;
  executor_.on_attached(now_);
  ASSERT_EQ(link_.sent.size(), 1U);
  EXPECT_EQ(link_.sent[0].type, MessageType::kSynchronize);
  send("U c1 192.0.2.1 4000 f");
  EXPECT_EQ(answers_.back(), "E98");
  confirm_all();
  // The deleted one may still be there, if the data plane is the same.
  ASSERT_EQ(link_.sent.size(), 3U);
  EXPECT_EQ(link_.sent[1].call_id, "c1");
  EXPECT_EQ(link_.sent[2].type, MessageType::kRemoveSession);
  EXPECT_EQ(ask("U c1 192.0.2.1 4000 f"), "35000 192.0.2.9");
}

TEST_F(AttachTest, ReplayTellsPortsAndLearnedEndpoints) {
  attach();
  ask("U c1 192.0.2.1 4000 f");
  ask("L c1 192.0.2.2 5000 f t");
  const auto id = link_.sent[0].id;
  const Endpoint learned{*parse_ip("198.51.100.1"), 7000};
  link_.region()
      ->learned_endpoint(abi::flow_index(id.index, Side::kCaller, abi::Component::kRtp))
      .write(learned);
  executor_.on_lost(now_);
  executor_.on_attached(now_);
  confirm_all();
  EXPECT_EQ(link_.sent.back().id, id);
  EXPECT_EQ(link_.sent.back().call_id, "c1");
  EXPECT_EQ(last_sent(Side::kCallee).udp_port, 35000);
  EXPECT_EQ(last_sent(Side::kCaller).udp_port, 35002);
  EXPECT_EQ(last_sent(Side::kCaller).learned_rtp, learned);
  EXPECT_FALSE(last_sent(Side::kCallee).learned_rtp.is_set());
  // Once it is there again the data plane learns by itself.
  ask("U c1 192.0.2.1 4000 f");
  EXPECT_FALSE(last_sent(Side::kCaller).learned_rtp.is_set());
}

TEST_F(AttachTest, LossAnswersWhatIsInFlight) {
  attach();
  ask("U c2 192.0.2.1 4000 f");
  send("U c1 192.0.2.1 4000 f");
  send("L c1 192.0.2.1 4000 f t");
  send("D c2 f");
  answers_.clear();
  executor_.on_lost(now_);
  EXPECT_THAT(answers_, testing::UnorderedElementsAre("E98", "0", "0"));
}

TEST_F(AttachTest, PortsComeBackWhenTheDataplaneIsEmpty) {
  attach();
  for (int i = 0; i < 8; ++i) ask("U c" + std::to_string(i) + " 192.0.2.1 4000 f");
  executor_.on_lost(now_);
  for (int i = 0; i < 8; ++i) ask("D c" + std::to_string(i) + " f");
  executor_.on_attached(now_);
  confirm_all();
  for (int i = 0; i < 8; ++i) {
    EXPECT_NE(ask("U n" + std::to_string(i) + " 192.0.2.1 4000 f"), "E72");
  }
}

TEST_F(AttachTest, ReplayWaitsForRoomInTheRing) {
  attach();
  for (int i = 0; i < 8; ++i) ask("U c" + std::to_string(i) + " 192.0.2.1 4000 f");
  executor_.on_lost(now_);
  executor_.on_attached(now_);
  link_.is_full = true;
  confirm_all();
  EXPECT_EQ(ask("U c0 192.0.2.1 4000 f"), "E98");
  link_.is_full = false;
  pass(milliseconds(20));
  confirm_all();
  EXPECT_EQ(ask("U c0 192.0.2.1 4000 f"), "35000 192.0.2.9");
}

TEST_F(AttachTest, DeletionDuringReplayReachesTheDataplane) {
  attach();
  ask("U c 192.0.2.1 4000 f");
  executor_.on_lost(now_);
  executor_.on_attached(now_);
  executor_.on_reply(link_.sent.back().request, abi::Status::kDone, now_);
  ASSERT_EQ(link_.sent.back().type, MessageType::kSetSession);
  const auto replay = link_.sent.back().request;
  send("D c f");
  EXPECT_EQ(answers_.back(), "0");
  executor_.on_reply(replay, abi::Status::kDone, now_);
  EXPECT_EQ(link_.sent.back().type, MessageType::kRemoveSession);
}

TEST_F(AttachTest, SilentSessionEndsWithinTheSecondAfterItsTime) {
  attach();
  ask("U c 192.0.2.1 4000 f");
  pass(seconds(59));
  EXPECT_TRUE(is_alive("c"));
  pass(seconds(2));
  EXPECT_FALSE(is_alive("c"));
  EXPECT_EQ(link_.sent.back().type, MessageType::kRemoveSession);
}

TEST_F(AttachTest, CommandsRefresh) {
  attach();
  ask("U c 192.0.2.1 4000 f");
  for (int i = 0; i < 3; ++i) {
    pass(seconds(50));
    EXPECT_NE(ask("L c 192.0.2.1 4000 f t"), "0");
  }
}

TEST_F(AttachTest, PacketsOfAnyFlowRefresh) {
  attach();
  ask("U c 192.0.2.1 4000 f");
  const auto index = link_.sent[0].id.index;
  for (const auto side : {Side::kCallee, Side::kCaller}) {
    for (const auto component : {abi::Component::kRtp, abi::Component::kRtcp}) {
      pass(seconds(50));
      EXPECT_TRUE(is_alive("c"));
      count_packet(index, side, component);
    }
  }
  pass(seconds(59));
  EXPECT_TRUE(is_alive("c"));
  pass(seconds(2));
  EXPECT_FALSE(is_alive("c"));
}

TEST_F(AttachTest, TimeStandsStillWithoutADataplane) {
  attach();
  ask("U c 192.0.2.1 4000 f");
  pass(seconds(50));
  is_dataplane_alive_ = false;
  pass(seconds(50));
  EXPECT_TRUE(is_alive("c"));
  executor_.on_lost(now_);
  pass(seconds(50));
  EXPECT_TRUE(is_alive("c"));
  is_dataplane_alive_ = true;
  executor_.on_attached(now_);
  confirm_all();
  pass(seconds(59));
  EXPECT_TRUE(is_alive("c"));
}

TEST_F(AttachTest, TicksMayWrap) {
  link_.region()->header().tick.store(0xffffff00);
  attach();
  ask("U c 192.0.2.1 4000 f");
  pass(seconds(59));
  EXPECT_TRUE(is_alive("c"));
  pass(seconds(2));
  EXPECT_FALSE(is_alive("c"));
}

}  // namespace
}  // namespace mediaplane
