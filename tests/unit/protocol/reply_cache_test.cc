// SPDX-License-Identifier: BSD-2-Clause
#include "controlplane/protocol/reply_cache.h"

#include <gtest/gtest.h>

namespace mediaplane {
namespace {

using Finding = ReplyCache::Finding;
using std::chrono::seconds;

constexpr Time kStart{std::chrono::hours(1)};

TEST(ReplyCache, ACopyGetsTheAnswerOfTheFirst) {
  ReplyCache cache(10);
  EXPECT_EQ(cache.begin("a k1", kStart), Finding::kNew);
  EXPECT_EQ(cache.begin("a k1", kStart), Finding::kInFlight);
  cache.finish("a k1", "k1 0\n");
  EXPECT_EQ(cache.begin("a k1", kStart + seconds(34)), Finding::kAnswered);
  EXPECT_EQ(cache.reply("a k1"), "k1 0\n");
}

TEST(ReplyCache, SendersHaveCookiesOfTheirOwn) {
  ReplyCache cache(10);
  EXPECT_EQ(cache.begin("a k1", kStart), Finding::kNew);
  EXPECT_EQ(cache.begin("b k1", kStart), Finding::kNew);
}

TEST(ReplyCache, ForgetsAfterItsTime) {
  ReplyCache cache(10);
  cache.begin("a k1", kStart);
  cache.finish("a k1", "k1 0\n");
  EXPECT_EQ(cache.begin("a k1", kStart + kReplyLifetime), Finding::kNew);
}

TEST(ReplyCache, OldestMakesRoom) {
  ReplyCache cache(2);
  cache.begin("a k1", kStart);
  cache.begin("a k2", kStart);
  cache.begin("a k3", kStart);
  cache.finish("a k1", "k1 0\n");  // Too late, and no harm.
  EXPECT_EQ(cache.begin("a k3", kStart), Finding::kInFlight);
  EXPECT_EQ(cache.begin("a k1", kStart), Finding::kNew);
}

}  // namespace
}  // namespace mediaplane
