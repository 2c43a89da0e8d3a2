// SPDX-License-Identifier: BSD-2-Clause
#include "config/report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mediaplane {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;

TEST(Report, ClosesWithTheNumberOfErrors) {
  EXPECT_EQ(report_of({{"a"}}, "p"), "a\np: 1 error, not started (exit 2)\n");
  EXPECT_EQ(report_of({{"a", "b"}}, "p"), "a\nb\np: 2 errors, not started (exit 2)\n");
}

TEST(Report, ShowsTwentyMessages) {
  ConfigError error;
  for (int i = 1; i <= 23; ++i) error.messages.push_back("message " + std::to_string(i));
  const auto report = report_of(error, "p");
  EXPECT_THAT(report, HasSubstr("message 20\nand 3 more\n"));
  EXPECT_THAT(report, Not(HasSubstr("message 21")));
  EXPECT_THAT(report, EndsWith("p: 23 errors, not started (exit 2)\n"));
}

TEST(Report, AMissingFileIsNamed) {
  const auto config = load_config("/nonexistent/mediaplane.toml");
  ASSERT_FALSE(config);
  EXPECT_EQ(config.error().messages.front(),
            "/nonexistent/mediaplane.toml: error: cannot be read: No such file or directory");
  EXPECT_THAT(load_config("/").error().messages.front(), HasSubstr("Is a directory"));
}

}  // namespace
}  // namespace mediaplane
