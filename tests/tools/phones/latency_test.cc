// SPDX-License-Identifier: BSD-2-Clause
#include "tests/tools/phones/latency.h"

#include <gtest/gtest.h>

namespace mediaplane::phones {
namespace {

using std::chrono::microseconds;

TEST(LatencyHistogram, NoSampleIsZero) { EXPECT_EQ(LatencyHistogram{}.quantile_us(0.5), 0U); }

TEST(LatencyHistogram, QuantilesAreWithinFourPerCent) {
  LatencyHistogram histogram;
  for (int us = 1; us <= 100'000; ++us) histogram.add(microseconds(us));
  EXPECT_NEAR(static_cast<double>(histogram.quantile_us(0.5)), 50'000, 2'000);
  EXPECT_NEAR(static_cast<double>(histogram.quantile_us(0.99)), 99'000, 4'000);
  EXPECT_EQ(histogram.quantile_us(1), 100'000U);
  EXPECT_EQ(histogram.max_us(), 100'000U);
}

TEST(LatencyHistogram, HoursFit) {
  LatencyHistogram histogram;
  histogram.add(std::chrono::hours(10));
  EXPECT_EQ(histogram.max_us(), 36'000'000'000U);
  EXPECT_GT(histogram.quantile_us(0.5), 4'000'000'000U);
}

}  // namespace
}  // namespace mediaplane::phones
