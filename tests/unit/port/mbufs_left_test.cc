// SPDX-License-Identifier: BSD-2-Clause
#include <gtest/gtest.h>

#include "dataplane/port/ports.h"

namespace mediaplane {
namespace {

TEST(MbufsLeft, OnlyWhatDriversKeepMayBeMissing) {
  EXPECT_TRUE((MbufsLeft{0, 0, 1000}.is_right()));
  EXPECT_FALSE((MbufsLeft{1, 0, 1000}.is_right()));
  EXPECT_TRUE((MbufsLeft{500, 500, 1000}.is_right()));
  EXPECT_FALSE((MbufsLeft{501, 500, 1000}.is_right()));
}

}  // namespace
}  // namespace mediaplane
