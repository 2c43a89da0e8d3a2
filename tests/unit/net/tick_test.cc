// SPDX-License-Identifier: BSD-2-Clause
#include "dataplane/net/tick.h"

#include <gtest/gtest.h>

namespace mediaplane {
namespace {

TEST(Tick, DistanceSurvivesTheWrap) {
  EXPECT_EQ(ticks_between(5, 7), 2);
  EXPECT_EQ(ticks_between(7, 5), -2);
  EXPECT_EQ(ticks_between(0xffffffff, 1), 2);
  EXPECT_EQ(ticks_between(1, 0xffffffff), -2);
  EXPECT_EQ(kTicksPerSecond, 100U);
}

}  // namespace
}  // namespace mediaplane
