// SPDX-License-Identifier: BSD-2-Clause
#include "controlplane/call/session_extra.h"

#include <gtest/gtest.h>

namespace mediaplane {
namespace {

SessionExtra full() {
  SessionExtra extra;
  extra[0] = {"8,0", true, {}, {}};
  extra[1] = {"18", false, PromptOrder{"/prompts/a", "18,8", -1, {1, 2, 3}, {}}, {7, 6}};
  extra[0].prompt = PromptOrder{"b", "0", 4, {5, 6, 7}, Time(std::chrono::microseconds(123456))};
  return extra;
}

TEST(SessionExtra, NothingTakesNoRoom) { EXPECT_EQ(encoded({}, 1000), ""); }

TEST(SessionExtra, IsReadAsItWasWritten) {
  const auto extra = full();
  EXPECT_EQ(decoded_extra(encoded(extra, 1000)), extra);
}

TEST(SessionExtra, WhatFindsNoRoomIsLeftOut) {
  auto extra = full();
  extra[1].prompt->stem = std::string(500, 's');
  const auto bytes = encoded(extra, 200);
  EXPECT_LE(bytes.size(), 200U);
  extra[1].prompt.reset();
  EXPECT_EQ(decoded_extra(bytes), extra);
  EXPECT_EQ(encoded(extra, 0), "");
}

// The longest command leaves room for what matters most.
TEST(SessionExtra, FitsBehindTheLongestCommand) {
  SessionExtra extra;
  extra[1] = {"", true, {}, {1, 2}};
  const std::string longest(kMaxCommandBytes, 'x');
  EXPECT_EQ(decoded_extra(extra_behind(extra, longest, "")), extra);
}

TEST(SessionExtra, CutShortItIsReadAsFarAsItIsWhole) {
  const auto bytes = encoded(full(), 1000);
  for (std::size_t length = 0; length < bytes.size(); ++length) {
    const auto extra = decoded_extra(std::string_view(bytes).substr(0, length));
    EXPECT_FALSE(extra == full()) << length;
  }
}

TEST(SessionExtra, UnknownItemsArePassedOver) {
  const std::string unknown("\x63\x01\x02\x00zz", 6);
  EXPECT_EQ(decoded_extra(unknown + encoded(full(), 1000)), full());
}

TEST(SessionExtra, GarbageEndsTheReading) {
  EXPECT_EQ(decoded_extra(std::string("\x01\x07\x01\x00x", 5)), SessionExtra{});
  EXPECT_EQ(decoded_extra(std::string("\x01\x00\xff\xffx", 5)), SessionExtra{});
  // A prompt whose stem is longer than all that there is.
  std::string prompt("\x03\x00\x18\x00", 4);
  prompt += std::string(22, '\0') + "\xff\xff";
  EXPECT_EQ(decoded_extra(prompt), SessionExtra{});
}

}  // namespace
}  // namespace mediaplane
