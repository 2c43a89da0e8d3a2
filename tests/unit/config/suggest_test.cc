// SPDX-License-Identifier: BSD-2-Clause
#include "config/suggest.h"

#include <array>

#include <gtest/gtest.h>

namespace mediaplane::config {
namespace {

TEST(Suggest, NearestRows) {
  constexpr std::array<std::string_view, 5> kWords = {"mtu", "mode", "addresses", "gateway",
                                                      "gateway_mac"};
  struct Row {
    std::string_view word;
    std::string_view meant;
  };
  constexpr std::array<Row, 9> kRows = {{
      {"mtuu", "mtu"},
      {"mut", "mtu"},  // Neighbours swapped.
      {"adresses", "addresses"},
      {"address", "addresses"},
      {"gatewaymac", "gateway_mac"},
      {"gateway_", "gateway"},
      {"x", ""},
      {"colour", ""},
      {"", ""},
  }};
  for (const auto& [word, meant] : kRows) EXPECT_EQ(nearest(word, kWords).value_or(""), meant);
}

TEST(Suggest, AlternativesRead) {
  constexpr std::array<std::string_view, 3> kWords = {"a", "b", "c"};
  EXPECT_EQ(alternatives(kWords), "'a', 'b' or 'c'");
  EXPECT_EQ(alternatives(std::span(kWords).first(1)), "'a'");
}

}  // namespace
}  // namespace mediaplane::config
