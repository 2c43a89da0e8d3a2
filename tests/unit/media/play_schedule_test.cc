// SPDX-License-Identifier: BSD-2-Clause
#include "controlplane/media/play_schedule.h"

#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mediaplane {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::IsEmpty;

class PlayScheduleTest : public testing::Test {
 protected:
  std::shared_ptr<ScheduledPrompt> scheduled(std::uint32_t session, std::uint16_t period_ms,
                                             std::size_t packets, std::int32_t count = 1) {
    auto prompt = std::make_shared<const Prompt>(PromptFormat{0, 80, period_ms},
                                                 std::vector<std::byte>(80 * packets));
    return std::shared_ptr<ScheduledPrompt>(new ScheduledPrompt{
        {session, 1}, abi::Side::kCaller, PlayedStream(std::move(prompt), count, {})});
  }

  // The sessions that were sent a packet, in order.
  std::vector<std::uint32_t> run() {
    std::vector<std::uint32_t> sent;
    has_one_ended_ = schedule_.run(
        now_, [&](const ScheduledPrompt& prompt, auto) { sent.push_back(prompt.session.index); });
    return sent;
  }

  PlaySchedule schedule_;
  PlayTime now_{std::chrono::hours(1)};
  bool has_one_ended_ = false;
};

TEST_F(PlayScheduleTest, SendsEachPacketWhenItIsDue) {
  EXPECT_FALSE(schedule_.next());
  schedule_.begin(scheduled(1, 10, 100), now_);
  EXPECT_EQ(schedule_.next(), now_);
  EXPECT_THAT(run(), ElementsAre(1));
  EXPECT_EQ(schedule_.next(), now_ + milliseconds(10));
  now_ += microseconds(9999);
  EXPECT_THAT(run(), IsEmpty());
  now_ += microseconds(1);
  EXPECT_THAT(run(), ElementsAre(1));
}

TEST_F(PlayScheduleTest, BeingLateOnceMakesNothingElseLate) {
  const auto start = now_;
  schedule_.begin(scheduled(1, 10, 100), now_);
  run();
  now_ += milliseconds(37);
  EXPECT_THAT(run(), ElementsAre(1, 1, 1));
  EXPECT_EQ(schedule_.next(), start + milliseconds(40));
}

TEST_F(PlayScheduleTest, AfterALongPauseGoesOnFromNow) {
  schedule_.begin(scheduled(1, 10, 100), now_);
  run();
  now_ += std::chrono::seconds(30);
  EXPECT_THAT(run(), ElementsAre(1));
  EXPECT_EQ(schedule_.next(), now_ + milliseconds(10));
}

TEST_F(PlayScheduleTest, KeepsThePaceOfEach) {
  schedule_.begin(scheduled(1, 10, 100), now_);
  schedule_.begin(scheduled(2, 30, 100), now_);
  now_ += milliseconds(5);
  schedule_.begin(scheduled(3, 20, 100), now_);
  now_ += milliseconds(55);
  EXPECT_THAT(run(), ElementsAre(1, 2, 3, 1, 1, 3, 2, 1, 1, 3, 1, 2, 1));
}

TEST_F(PlayScheduleTest, TheEndIsTheEndOfTheLastPacket) {
  const auto prompt = scheduled(1, 20, 2);
  schedule_.begin(prompt, now_);
  run();
  now_ += milliseconds(20);
  run();
  EXPECT_FALSE(has_one_ended_);
  EXPECT_FALSE(prompt->has_ended.load());
  now_ += milliseconds(20);
  EXPECT_THAT(run(), IsEmpty());
  EXPECT_TRUE(has_one_ended_);
  EXPECT_TRUE(prompt->has_ended.load());
  EXPECT_FALSE(schedule_.next());
}

TEST_F(PlayScheduleTest, NothingToPlayEndsAtOnce) {
  const auto prompt = scheduled(1, 20, 0, -1);
  schedule_.begin(prompt, now_);
  EXPECT_THAT(run(), IsEmpty());
  EXPECT_TRUE(prompt->has_ended.load());
}

TEST_F(PlayScheduleTest, StopsOneOfMany) {
  const auto first = scheduled(1, 10, 100);
  const auto second = scheduled(2, 10, 100);
  schedule_.begin(first, now_);
  schedule_.begin(second, now_);
  run();
  schedule_.stop(*first);
  schedule_.stop(*first);
  now_ += milliseconds(10);
  EXPECT_THAT(run(), ElementsAre(2));
  EXPECT_FALSE(first->has_ended.load());
}

}  // namespace
}  // namespace mediaplane
