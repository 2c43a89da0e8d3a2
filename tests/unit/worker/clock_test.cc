// SPDX-License-Identifier: BSD-2-Clause
#include "dataplane/worker/clock.h"

#include <gtest/gtest.h>

#include "tests/unit/eal.h"

namespace mediaplane {
namespace {

TEST(Clock, ATickPassesEveryTenMilliseconds) {
  const auto per_tick = rte_get_tsc_hz() / kTicksPerSecond;
  Clock clock(1000);
  const auto first = clock.now(1000);
  EXPECT_NE(first, 0U) << "0 means never";
  EXPECT_EQ(clock.now(1000 + per_tick - 1), first);
  EXPECT_EQ(clock.now(1000 + per_tick), first + 1);
  EXPECT_EQ(clock.now(1000 + 500 * per_tick), first + 500) << "after a pause";
}

TEST(Clock, MicrosecondsCountFromTheStart) {
  const Clock clock(1000);
  EXPECT_EQ(clock.microseconds(1000), 0U);
  EXPECT_NEAR(static_cast<double>(clock.microseconds(1000 + 3 * rte_get_tsc_hz())), 3e6, 1.0);
}

}  // namespace
}  // namespace mediaplane
