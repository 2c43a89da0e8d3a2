// SPDX-License-Identifier: BSD-2-Clause
#include "dataplane/pipeline/verdict.h"

#include <set>

#include <gtest/gtest.h>

namespace mediaplane {
namespace {

TEST(Verdict, NamesAreUnique) {
  std::set<std::string_view> names;
  for (const auto& [verdict, name] : kVerdictNames) {
    EXPECT_TRUE(names.insert(name).second) << name;
    EXPECT_EQ(name_of(verdict), name);
  }
}

TEST(Verdict, TheFourWaysOnAreNoDrops) {
  EXPECT_FALSE(is_drop(Verdict::kForward));
  EXPECT_FALSE(is_drop(Verdict::kPunt));
  EXPECT_FALSE(is_drop(Verdict::kResolve));
  EXPECT_FALSE(is_drop(Verdict::kSplit));
  EXPECT_TRUE(is_drop(Verdict::kShortFrame));
  EXPECT_TRUE(is_drop(Verdict::kStopping));
}

}  // namespace
}  // namespace mediaplane
