// SPDX-License-Identifier: BSD-2-Clause
#include "dataplane/housekeeper/silence.h"

#include <gtest/gtest.h>

namespace mediaplane {
namespace {

// Looks once, when so many packets more have been sent.
class SilenceTest : public ::testing::Test {
 protected:
  bool must_be_broken_after(std::uint64_t packets) {
    return silence_.must_be_broken(sent_ += packets);
  }

 private:
  Silence silence_;
  std::uint64_t sent_ = 0;
};

TEST_F(SilenceTest, IsBrokenByThreeWordsWhereMediaWas) {
  for (int call = 0; call < 2; ++call) {
    EXPECT_FALSE(must_be_broken_after(10));
    EXPECT_FALSE(must_be_broken_after(2));
    EXPECT_TRUE(must_be_broken_after(0));
    EXPECT_TRUE(must_be_broken_after(1));
    EXPECT_TRUE(must_be_broken_after(1));
    EXPECT_FALSE(must_be_broken_after(1));
    EXPECT_FALSE(must_be_broken_after(0));
  }
}

TEST_F(SilenceTest, IsOverWhenMediaGoesOn) {
  EXPECT_FALSE(must_be_broken_after(10));
  EXPECT_TRUE(must_be_broken_after(0));
  for (int i = 0; i < 10; ++i) EXPECT_FALSE(must_be_broken_after(5));
}

TEST_F(SilenceTest, IsLeftAloneWhereNoMediaWas) {
  for (int i = 0; i < 10; ++i) EXPECT_FALSE(must_be_broken_after(i % 3));
}

}  // namespace
}  // namespace mediaplane
