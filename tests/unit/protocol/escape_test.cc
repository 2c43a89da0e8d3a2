// SPDX-License-Identifier: BSD-2-Clause
#include "controlplane/protocol/escape.h"

#include <gtest/gtest.h>

namespace mediaplane {
namespace {

TEST(Escape, KeepsWhatIsPrintable) { EXPECT_EQ(escaped("1-a@[::1] %s"), "1-a@[::1] %s"); }

TEST(Escape, MakesTheRestHarmless) {
  EXPECT_EQ(escaped("a\nb\x1b\\\xff"), "a\\x0ab\\x1b\\x5c\\xff");
}

TEST(Escape, CutsWhatIsLong) {
  EXPECT_EQ(escaped(std::string(4096, 'c')), std::string(128, 'c') + "...");
}

}  // namespace
}  // namespace mediaplane
