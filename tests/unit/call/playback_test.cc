// SPDX-License-Identifier: BSD-2-Clause
// P and S, from their text to the player and to the data plane.
#include <gmock/gmock.h>

#include "tests/unit/call/executor_fixture.h"

namespace mediaplane {
namespace {

using abi::Side;
using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsEmpty;

class PlaybackTest : public ExecutorFixture {
 protected:
  PlaybackTest() { attach(); }

  void set_up_call() {
    ask("U c 192.0.2.1 4000 f");
    ask("L c 192.0.2.2 5000 f t");
  }

  NotedPlayback& played() { return *player_.opened.back(); }

  // What the data plane was told last.
  bool is_hidden(Side side) { return (last_sent(side).flags & abi::kPlaying) != 0; }
};

TEST_F(PlaybackTest, PlaysToThePartyThatIsNamedFirst) {
  set_up_call();
  EXPECT_EQ(ask("P3 c prompt 0,8 f t"), "0");
  EXPECT_EQ(played().stem, "prompt");
  EXPECT_EQ(played().codecs, "0,8");
  EXPECT_EQ(played().count, 3);
  EXPECT_EQ(played().side, Side::kCaller);
  EXPECT_EQ(played().session, link_.sent.back().id);
  EXPECT_TRUE(is_hidden(Side::kCaller));
  EXPECT_FALSE(is_hidden(Side::kCallee));
  EXPECT_EQ(ask("P c prompt 0 t f"), "0");
  EXPECT_EQ(played().side, Side::kCallee);
  EXPECT_TRUE(is_hidden(Side::kCaller));
  EXPECT_TRUE(is_hidden(Side::kCallee));
}

TEST_F(PlaybackTest, BeginsWhenTheDataplaneHasConfirmed) {
  set_up_call();
  send("P c prompt 0 f t");
  EXPECT_FALSE(played().has_begun);
  EXPECT_EQ(answers_.size(), 2U);
  confirm_all();
  EXPECT_TRUE(played().has_begun);
  EXPECT_EQ(answers_.back(), "0");
}

TEST_F(PlaybackTest, StopsAtOnceAndIsAnsweredAfterTheConfirmation) {
  set_up_call();
  ask("P-1 c prompt 0 f t");
  send("S c f t");
  EXPECT_TRUE(played().is_gone);
  EXPECT_EQ(answers_.size(), 3U);
  confirm_all();
  EXPECT_EQ(answers_.back(), "0");
  EXPECT_FALSE(is_hidden(Side::kCaller));
  const auto messages = link_.sent.size();
  EXPECT_EQ(ask("S c f t"), "0");
  EXPECT_EQ(link_.sent.size(), messages);
}

TEST_F(PlaybackTest, OfTheOtherPartyGoesOn) {
  set_up_call();
  ask("P-1 c prompt 0 f t");
  ask("P-1 c prompt 0 t f");
  ask("S c f t");
  EXPECT_TRUE(player_.opened[0]->is_gone);
  EXPECT_FALSE(player_.opened[1]->is_gone);
  EXPECT_FALSE(is_hidden(Side::kCaller));
  EXPECT_TRUE(is_hidden(Side::kCallee));
}

TEST_F(PlaybackTest, ReplacesWhatPlays) {
  set_up_call();
  ask("P-1 c first 0 f t");
  const auto messages = link_.sent.size();
  EXPECT_EQ(ask("P-1 c second 0 f t"), "0");
  EXPECT_TRUE(player_.opened[0]->is_gone);
  EXPECT_TRUE(player_.opened[1]->has_begun);
  EXPECT_NE(player_.opened[0]->start, player_.opened[1]->start);
  // The party stays hidden from its peer meanwhile; the call record has the prompt and its begin.
  ASSERT_EQ(link_.sent.size(), messages + 2);
  EXPECT_TRUE(is_hidden(Side::kCaller));
  const auto extra = decoded_extra(link_.sent.back().extra);
  ASSERT_TRUE(extra[abi::index_of(Side::kCaller)].prompt);
  EXPECT_EQ(extra[abi::index_of(Side::kCaller)].prompt->stem, "second");
  EXPECT_EQ(extra[abi::index_of(Side::kCaller)].prompt->began, now_);
}

struct Refusal {
  const char* command;
  const char* answer;
};

class PlaybackRefusal : public PlaybackTest, public testing::WithParamInterface<Refusal> {};

TEST_P(PlaybackRefusal, EndsWhatPlayed) {
  set_up_call();
  ask("P-1 c prompt 0 f t");
  EXPECT_EQ(ask(GetParam().command), GetParam().answer);
  EXPECT_TRUE(player_.opened[0]->is_gone);
  EXPECT_FALSE(is_hidden(Side::kCaller));
}

INSTANTIATE_TEST_SUITE_P(Rows, PlaybackRefusal,
                         testing::Values(Refusal{"P c missing 0 f t", "E60"},
                                         Refusal{"P c prompt session f t", "E35"},
                                         Refusal{"P0 c prompt 0 f t", "0"},
                                         Refusal{"P0 c missing 0 f t", "0"}));

TEST_F(PlaybackTest, NeedsASession) {
  EXPECT_EQ(ask("P c prompt 0 f t"), "E50");
  EXPECT_EQ(ask("S c f t"), "E50");
  set_up_call();
  EXPECT_EQ(ask("P c prompt 0 x y"), "E50");
  EXPECT_THAT(player_.opened, IsEmpty());
}

TEST_F(PlaybackTest, SessionCodecsAreThoseOfTheListener) {
  ask("UC0,101 c 192.0.2.1 4000 f");
  ask("LC18 c 192.0.2.2 5000 f t");
  EXPECT_EQ(ask("P c prompt session f t"), "0");
  EXPECT_EQ(played().codecs, "0,101");
  EXPECT_EQ(ask("P c prompt session t f"), "0");
  EXPECT_EQ(played().codecs, "18");
  // A re-INVITE of the callee without codecs takes its own away.
  ask("U c 192.0.2.2 5000 t f");
  EXPECT_EQ(ask("P c prompt session t f"), "E35");
  EXPECT_EQ(ask("P c prompt session f t"), "0");
}

TEST_F(PlaybackTest, WaitsForTheAnswerOfTheCall) {
  ask("U c 192.0.2.1 4000 f");
  EXPECT_EQ(ask("P c prompt 0 f"), "0");
  pass(milliseconds(40));
  EXPECT_FALSE(played().has_begun);  // There is no port yet that the caller sends to.
  ask("L c 192.0.2.2 5000 f t");
  pass(milliseconds(20));
  EXPECT_TRUE(played().has_begun);
}

TEST_F(PlaybackTest, WaitsForTheSignalledAddress) {
  ask("U c 192.0.2.1 4000 f");
  EXPECT_EQ(ask("P c prompt 0 t f"), "0");
  pass(milliseconds(40));
  EXPECT_FALSE(played().has_begun);
  ask("L c 192.0.2.2 0 f t");
  pass(milliseconds(20));
  EXPECT_FALSE(played().has_begun);
  ask("L c 192.0.2.2 5000 f t");
  pass(milliseconds(20));
  EXPECT_TRUE(played().has_begun);
}

TEST_F(PlaybackTest, WaitsForTheLearnedAddress) {
  ask("U c 192.0.2.1 4000 f");
  ask("L c 0.0.0.0 0 f t");
  EXPECT_EQ(ask("P c prompt 0 t f"), "0");
  pass(milliseconds(40));
  EXPECT_FALSE(played().has_begun);
  const auto flow = abi::flow_index(played().session.index, Side::kCallee, abi::Component::kRtp);
  link_.region()->learned_endpoint(flow).write(Endpoint{*parse_ip("192.0.2.2"), 5000});
  pass(milliseconds(20));
  EXPECT_TRUE(played().has_begun);
}

TEST_F(PlaybackTest, ItsEndUncoversThePeer) {
  set_up_call();
  ask("P c prompt 0 f t");
  played().has_ended = true;
  executor_.look_after_playbacks(now_);
  EXPECT_TRUE(played().is_gone);
  EXPECT_FALSE(is_hidden(Side::kCaller));
  confirm_all();
  EXPECT_EQ(ask("S c f t"), "0");
}

TEST_F(PlaybackTest, ItsEndWaitsForTheCommandInFlight) {
  set_up_call();
  ask("P c prompt 0 f t");
  send("U c 192.0.2.1 4000 f t");
  played().has_ended = true;
  pass(milliseconds(20));
  EXPECT_TRUE(is_hidden(Side::kCaller));
  confirm_all();
  EXPECT_FALSE(is_hidden(Side::kCaller));
  ask("U c 192.0.2.1 4000 f t");
  EXPECT_FALSE(is_hidden(Side::kCaller));
}

TEST_F(PlaybackTest, ItsEndDoesNotTouchItsSuccessor) {
  set_up_call();
  ask("P c first 0 f t");
  send("P-1 c second 0 f t");
  player_.opened[0]->has_ended = true;
  pass(milliseconds(20));
  confirm_all();
  EXPECT_FALSE(player_.opened[1]->is_gone);
  EXPECT_TRUE(is_hidden(Side::kCaller));
}

TEST_F(PlaybackTest, EndsWithTheSession) {
  set_up_call();
  ask("P-1 c prompt 0 f t");
  send("D c f t");
  EXPECT_TRUE(played().is_gone);
  confirm_all();
  pass(milliseconds(40));
  EXPECT_EQ(answers_.back(), "0");
}

TEST_F(PlaybackTest, KeepsTheSessionAlive) {
  set_up_call();
  ask("P-1 c prompt 0 f t");
  pass(seconds(130));
  EXPECT_FALSE(played().is_gone);
  ask("S c f t");
  pass(seconds(58));
  EXPECT_EQ(ask("S c f t"), "0");
  pass(seconds(5));
  EXPECT_EQ(ask("S c f t"), "E50");
}

TEST_F(PlaybackTest, ThatWaitsForItsPartyDoesNot) {
  ask("U c 192.0.2.1 4000 f");
  ask("P-1 c prompt 0 f");
  pass(seconds(62));
  EXPECT_TRUE(played().is_gone);
  EXPECT_EQ(ask("S c f"), "E50");
}

TEST_F(PlaybackTest, IsRefusedWithoutADataplane) {
  set_up_call();
  executor_.on_lost(now_);
  EXPECT_EQ(ask("P c prompt 0 f t"), "E98");
  EXPECT_TRUE(played().is_gone);
  EXPECT_EQ(ask("S c f t"), "0");
}

TEST_F(PlaybackTest, UnconfirmedIsTakenBack) {
  set_up_call();
  send("P c prompt 0 f t");
  is_dataplane_alive_ = false;
  pass(milliseconds(520));
  EXPECT_EQ(answers_.back(), "E98");
  EXPECT_TRUE(played().is_gone);
  is_dataplane_alive_ = true;
  pass(milliseconds(20));
  EXPECT_FALSE(is_hidden(Side::kCaller));
}

TEST_F(PlaybackTest, GoesOnUnderTheNextDataplane) {
  set_up_call();
  ask("P-1 c prompt 0 f t");
  executor_.on_lost(now_);
  EXPECT_FALSE(played().is_gone);
  attach();
  EXPECT_FALSE(played().is_gone);
  ask("U c 192.0.2.1 4000 f t");
  EXPECT_TRUE(is_hidden(Side::kCaller));
  ask("S c f t");
  EXPECT_FALSE(is_hidden(Side::kCaller));
}

TEST_F(PlaybackTest, StopWithoutADataplaneHolds) {
  set_up_call();
  ask("P-1 c prompt 0 f t");
  executor_.on_lost(now_);
  EXPECT_EQ(ask("S c f t"), "0");
  EXPECT_TRUE(played().is_gone);
  executor_.on_attached(now_);
  confirm_all();
  EXPECT_FALSE(is_hidden(Side::kCaller));
}

TEST_F(PlaybackTest, PlayerAndRecorderGetTheRingsOfEachDataplane) {
  link_.rings = std::make_shared<MediaRings>(MediaRings{
      {},
      {},
      *abi::SlotRing::map(
          *abi::make_shared_memory("test", abi::SlotRing::shared_bytes(2), abi::Pages::kSmall), 2),
      {}});
  executor_.on_lost(now_);
  attach();
  EXPECT_THAT(player_.used, ElementsAre(false, false, true));
  EXPECT_THAT(recorder_.used, ElementsAre(false, false, true));
}

}  // namespace
}  // namespace mediaplane
