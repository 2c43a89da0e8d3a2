// SPDX-License-Identifier: BSD-2-Clause
#include <cstring>
#include <thread>

#include <gtest/gtest.h>

#include "dataplane/abi/region.h"

namespace mediaplane::abi {
namespace {

// All words are the same, so that a torn value shows.
struct Value {
  std::array<std::uint32_t, 5> words{};

  friend bool operator==(const Value&, const Value&) = default;
};

Value value_of(std::uint32_t number) {
  Value value;
  value.words.fill(number);
  return value;
}

TEST(SequenceLocked, ReadsWhatWasWritten) {
  SequenceLocked<Value> locked;
  EXPECT_EQ(locked.read(value_of(9)), value_of(0));
  locked.write(value_of(1));
  locked.write(value_of(2));
  EXPECT_EQ(locked.read(value_of(9)), value_of(2));
}

TEST(SequenceLocked, AWriterThatDiedLeavesTheFallback) {
  SequenceLocked<Value> locked;
  locked.write(value_of(1));
  const std::uint32_t odd = 3;  // The version comes first, and an odd one is a write going on.
  std::memcpy(static_cast<void*>(&locked), &odd, sizeof odd);
  EXPECT_EQ(locked.read(value_of(9)), value_of(9));
}

TEST(SequenceLocked, NeverTearsUnderAWriter) {
  constexpr std::uint32_t kWrites = 300'000;
  constexpr std::uint32_t kBusy = 0xffffffff;
  SequenceLocked<Value> locked;
  std::jthread writer([&] {
    for (std::uint32_t i = 1; i <= kWrites; ++i) locked.write(value_of(i));
  });
  std::uint32_t last = 0;
  while (last < kWrites) {
    const auto value = locked.read(value_of(kBusy));
    ASSERT_EQ(value, value_of(value.words[0]));
    if (value.words[0] == kBusy) continue;
    ASSERT_GE(value.words[0], last);
    last = value.words[0];
  }
}

}  // namespace
}  // namespace mediaplane::abi
