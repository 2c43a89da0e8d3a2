// SPDX-License-Identifier: BSD-2-Clause
#include <gtest/gtest.h>

#include "tests/perf/bench/figures.h"
#include "tests/perf/bench/histogram.h"
#include "tests/perf/bench/number_window.h"
#include "tests/perf/bench/pacer.h"

namespace mediaplane::bench {
namespace {

TEST(Histogram, QuantilesAreAtMostThreePercentTooHigh) {
  Histogram histogram;
  for (std::uint64_t value = 1; value <= 100000; ++value) histogram.add(value);
  EXPECT_EQ(histogram.count(), 100000U);
  EXPECT_EQ(histogram.most(), 100000U);
  for (const double share : {0.0001, 0.01, 0.5, 0.9, 0.99, 0.999}) {
    const auto true_value = 100000 * share;
    const auto found = static_cast<double>(histogram.quantile(share));
    EXPECT_GE(found, true_value);
    EXPECT_LE(found, true_value * 1.032 + 1);
  }
  EXPECT_EQ(histogram.quantile(1), 100000U);
}

TEST(Histogram, TakesTheLeastAndTheGreatest) {
  Histogram histogram;
  EXPECT_EQ(histogram.quantile(0.5), 0U);
  histogram.add(0);
  histogram.add(UINT64_MAX);
  EXPECT_EQ(histogram.quantile(0.5), 0U);
  EXPECT_EQ(histogram.quantile(1), UINT64_MAX);
}

TEST(Pacer, OwesWhatTimeHasBroughtAndNoMore) {
  Pacer pacer(1000, 1e6, 5000);  // One in 1000 cycles.
  EXPECT_EQ(pacer.due(5000, 32), 1U);
  EXPECT_EQ(pacer.take(), 5000U);
  EXPECT_EQ(pacer.due(5999, 32), 0U);
  EXPECT_EQ(pacer.due(6000, 32), 1U);
  EXPECT_EQ(pacer.due(105000, 32), 32U);
  EXPECT_EQ(pacer.take(), 6000U);  // When it was due, not when it was sent.
  EXPECT_EQ(pacer.take(), 7000U);
  EXPECT_EQ(pacer.taken(), 3U);
}

TEST(NumberWindow, TellsLateFromTwice) {
  using Finding = NumberWindow::Finding;
  NumberWindow window;
  EXPECT_EQ(window.note(1), Finding::kNext);
  EXPECT_EQ(window.note(5), Finding::kNext);
  EXPECT_EQ(window.note(3), Finding::kLate);
  EXPECT_EQ(window.note(3), Finding::kTwice);
  EXPECT_EQ(window.note(5), Finding::kTwice);
  EXPECT_EQ(window.note(1), Finding::kTwice);
  EXPECT_EQ(window.note(1000), Finding::kNext);
  EXPECT_EQ(window.note(999), Finding::kLate);
  EXPECT_EQ(window.note(937), Finding::kLate);
  EXPECT_EQ(window.note(937), Finding::kTwice);
}

TEST(Figures, ComeBackFromJsonAsTheyWere) {
  Figures figures;
  figures.add("mode", "run");
  figures.add("packets", std::uint64_t{123456789});
  figures.add("p99.9_us", 0.25);
  const auto read = parse_figures(json_of(figures));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->all(), figures.all());
  EXPECT_EQ(read->number("p99.9_us"), 0.25);
  EXPECT_EQ(read->number("mode"), 0);
  EXPECT_EQ(read->find("nothing"), nullptr);
}

TEST(Figures, OtherJsonIsRefused) {
  for (const auto* text : {"", "[]", "{", "{}", R"({"a" 1})", R"({"a": })", R"({"a": 1,})",
                           R"({"a": 1} x)", R"({"a": "\"})", R"({"a": [1]})"}) {
    EXPECT_FALSE(parse_figures(text)) << text;
  }
}

}  // namespace
}  // namespace mediaplane::bench
