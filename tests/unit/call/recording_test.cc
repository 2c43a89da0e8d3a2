// SPDX-License-Identifier: BSD-2-Clause
// R and N, from their text to the recorder and to the data plane.
#include <gmock/gmock.h>

#include "tests/unit/call/executor_fixture.h"

namespace mediaplane {
namespace {

using abi::Side;
using std::chrono::milliseconds;
using testing::IsEmpty;

constexpr std::uint16_t kBoth = abi::kCopyRtp | abi::kCopyRtcp;

class RecordingTest : public ExecutorFixture {
 protected:
  using ExecutorFixture::ExecutorFixture;

  void set_up_call() {
    attach();
    ask("U c 192.0.2.1 4000 f");
    ask("L c 192.0.2.2 5000 f t");
  }

  bool is_gone(std::size_t number) { return recorder_.started[number]->is_gone; }
};

TEST_F(RecordingTest, TakesWhatThePartySendsThatIsNamedFirst) {
  set_up_call();
  EXPECT_EQ(ask("R c f t"), "0");
  const auto& recording = *recorder_.started.back();
  EXPECT_EQ(recording.side, Side::kCaller);
  EXPECT_EQ(recording.session, link_.sent.back().id);
  EXPECT_EQ(recording.call_id, "c");
  EXPECT_EQ(recording.from_tag, "f");
  EXPECT_FALSE(recording.in_one_file);
  EXPECT_EQ(last_sent(Side::kCaller).flags, kBoth);
  EXPECT_EQ(last_sent(Side::kCallee).flags, 0);
  EXPECT_EQ(ask("R c t f"), "0");
  EXPECT_EQ(recorder_.started.back()->side, Side::kCallee);
  EXPECT_EQ(last_sent(Side::kCallee).flags, kBoth);
}

TEST_F(RecordingTest, IsAnsweredWhenTheDataplaneHasConfirmed) {
  set_up_call();
  send("R c f t");
  EXPECT_EQ(recorder_.started.size(), 1U);
  EXPECT_EQ(answers_.size(), 2U);
  confirm_all();
  EXPECT_EQ(answers_.back(), "0");
}

TEST_F(RecordingTest, RepeatedIsHarmless) {
  set_up_call();
  ask("R c f t");
  EXPECT_EQ(ask("R c f t"), "0");
  EXPECT_EQ(recorder_.started.size(), 1U);
}

TEST_F(RecordingTest, InOneFileIsNotRepeated) {
  set_up_call();
  EXPECT_EQ(ask("RS c f t"), "0");
  EXPECT_TRUE(recorder_.started.back()->in_one_file);
  EXPECT_EQ(ask("RS c t f"), "0");
  EXPECT_EQ(ask("RS c f t"), "E50");
  EXPECT_EQ(ask("R c f t"), "0");
  EXPECT_EQ(recorder_.started.size(), 2U);
  EXPECT_FALSE(is_gone(0) || is_gone(1));
}

TEST_F(RecordingTest, EndsByNOfItsParty) {
  set_up_call();
  EXPECT_EQ(ask("N c f t"), "E50");
  ask("R c f t");
  EXPECT_EQ(ask("N c t f"), "E50");
  send("N c f t");
  EXPECT_TRUE(is_gone(0));
  EXPECT_NE(answers_.back(), "0");
  confirm_all();
  EXPECT_EQ(answers_.back(), "0");
  EXPECT_EQ(last_sent(Side::kCaller).flags, 0);
  EXPECT_EQ(ask("N c f t"), "E50");
  EXPECT_EQ(ask("R c f t"), "0");
  EXPECT_EQ(recorder_.started.size(), 2U);
}

TEST_F(RecordingTest, OfBothPartiesEndsByNA) {
  set_up_call();
  EXPECT_EQ(ask("NA c f t"), "E50");
  ask("R c f t");
  ask("R c t f");
  EXPECT_EQ(ask("NA c f t"), "0");
  EXPECT_TRUE(is_gone(0) && is_gone(1));
  EXPECT_EQ(last_sent(Side::kCaller).flags | last_sent(Side::kCallee).flags, 0);
  EXPECT_EQ(ask("NA c f t"), "E50");
}

TEST_F(RecordingTest, OfATagWithoutNumberIsThatOfEveryStream) {
  attach();
  ask("U c 192.0.2.1 4000 f;1");
  ask("U c 192.0.2.1 4002 f;2");
  EXPECT_EQ(ask("R c f t"), "0");
  ASSERT_EQ(recorder_.started.size(), 2U);
  EXPECT_EQ(recorder_.started[0]->from_tag, "f;1");
  EXPECT_EQ(recorder_.started[1]->from_tag, "f;2");
  EXPECT_EQ(ask("N c f;2 t"), "0");
  EXPECT_FALSE(is_gone(0));
  EXPECT_TRUE(is_gone(1));
  EXPECT_EQ(ask("R c f t"), "0");
  EXPECT_EQ(recorder_.started.size(), 3U);
  EXPECT_EQ(ask("N c f t"), "0");
  EXPECT_TRUE(is_gone(0) && is_gone(2));
}

TEST_F(RecordingTest, OfAllStreamsOrOfNone) {
  attach();
  ask("U c 192.0.2.1 4000 f;1");
  ask("U c 192.0.2.1 4002 f;2");
  recorder_.room = 1;
  const auto messages = link_.sent.size();
  EXPECT_EQ(ask("R c f t"), "E50");
  EXPECT_TRUE(is_gone(0));
  EXPECT_EQ(link_.sent.size(), messages);
}

TEST_F(RecordingTest, NeedsASessionAndFiles) {
  attach();
  EXPECT_EQ(ask("R c f t"), "E50");
  EXPECT_EQ(ask("N c f t"), "E50");
  ask("U c 192.0.2.1 4000 f");
  recorder_.room = 0;
  EXPECT_EQ(ask("R c f t"), "E50");
  EXPECT_THAT(recorder_.started, IsEmpty());
}

TEST_F(RecordingTest, EndsWithTheSession) {
  set_up_call();
  ask("R c f t");
  ask("D c f t");
  EXPECT_TRUE(is_gone(0));
}

TEST_F(RecordingTest, IsRefusedWithoutADataplane) {
  set_up_call();
  executor_.on_lost(now_);
  EXPECT_EQ(ask("R c f t"), "E98");
  EXPECT_TRUE(is_gone(0));
}

TEST_F(RecordingTest, UnconfirmedIsTakenBack) {
  set_up_call();
  send("R c f t");
  is_dataplane_alive_ = false;
  pass(milliseconds(520));
  EXPECT_EQ(answers_.back(), "E98");
  EXPECT_TRUE(is_gone(0));
  is_dataplane_alive_ = true;
  pass(milliseconds(20));
  EXPECT_EQ(last_sent(Side::kCaller).flags, 0);
}

TEST_F(RecordingTest, GoesOnUnderTheNextDataplane) {
  set_up_call();
  ask("R c f t");
  executor_.on_lost(now_);
  attach();
  EXPECT_FALSE(is_gone(0));
  ask("U c 192.0.2.1 4000 f t");
  EXPECT_EQ(last_sent(Side::kCaller).flags, kBoth);
}

TEST_F(RecordingTest, AndPlaybackDoNotDisturbEachOther) {
  set_up_call();
  ask("R c f t");
  ask("P-1 c prompt 0 f t");
  EXPECT_EQ(last_sent(Side::kCaller).flags, kBoth | abi::kPlaying);
  ask("N c f t");
  EXPECT_EQ(last_sent(Side::kCaller).flags, abi::kPlaying);
  ask("R c f t");
  ask("S c f t");
  EXPECT_EQ(last_sent(Side::kCaller).flags, kBoth);
}

class RecordAllTest : public RecordingTest {
 protected:
  static Config recording_config() {
    auto config = sequential_config();
    config.recording.all = true;
    return config;
  }
  RecordAllTest() : RecordingTest(recording_config()) {}
};

TEST_F(RecordAllTest, BeginsWithTheSession) {
  attach();
  send("U c 192.0.2.1 4000 f");
  EXPECT_EQ(recorder_.started.size(), 2U);
  EXPECT_EQ(last_sent(Side::kCaller).flags, kBoth);
  EXPECT_EQ(last_sent(Side::kCallee).flags, kBoth);
  confirm_all();
  EXPECT_EQ(ask("R c f"), "0");
  EXPECT_EQ(recorder_.started.size(), 2U);
  ask("D c f");
  EXPECT_TRUE(is_gone(0) && is_gone(1));
}

TEST_F(RecordAllTest, RelaysWhatCannotBeRecorded) {
  attach();
  recorder_.room = 1;
  EXPECT_EQ(ask("U c 192.0.2.1 4000 f"), "35000 192.0.2.9");
  EXPECT_EQ(last_sent(Side::kCaller).flags | last_sent(Side::kCallee).flags, kBoth);
  EXPECT_FALSE(is_gone(0));
}

TEST_F(RecordAllTest, EndsWithASessionThatDoesNotComeAbout) {
  attach();
  send("U c 192.0.2.1 4000 f");
  confirm_all(abi::Status::kTableFull);
  EXPECT_TRUE(is_gone(0) && is_gone(1));
}

}  // namespace
}  // namespace mediaplane
