// SPDX-License-Identifier: BSD-2-Clause
// A process gone mad scribbles over everything that is shared of a ring: heads, tails and slots.
// Whoever uses the ring meanwhile may see garbage, but stays inside the ring and is never held up.
#include <atomic>
#include <random>
#include <thread>

#include <gtest/gtest.h>

#include "tests/unit/abi/two_ends.h"

namespace mediaplane::abi {
namespace {

constexpr std::uint32_t kSlots = 256;
constexpr int kScribbles = 5'000'000;
constexpr std::size_t kHeadsAndTails = 256;  // Bytes of the shared memory that hold them.

void scribble(const Mapping& mapping) {
  std::mt19937_64 random(1);
  const auto words = std::span(reinterpret_cast<std::uint32_t*>(mapping.base()),
                               SlotRing::shared_bytes(kSlots) / sizeof(std::uint32_t));
  for (int i = 0; i < kScribbles; ++i) {
    const bool in_slots = random() % 4 == 0;
    const auto place = random() % (in_slots ? words.size() : kHeadsAndTails / 4);
    // Small numbers and the extremes hit the arithmetic harder than any number does.
    const auto value = static_cast<std::uint32_t>(random());
    const std::array<std::uint32_t, 4> values = {value, value % (2 * kSlots), ~(value % kSlots), 0};
    std::atomic_ref(words[place]).store(values[random() % 4], std::memory_order_relaxed);
  }
}

struct Seen {
  std::uint64_t sent = 0;
  std::uint64_t messages = 0;
  std::uint64_t empty = 0;
  std::uint64_t garbage = 0;
};

void use(SlotRing& producer, SlotRing& consumer, std::span<const std::byte> body, Seen& seen) {
  Message message;
  seen.sent += send(producer, MessageType::kSetSession, seen.sent, body) ? 1 : 0;
  switch (receive(consumer, message)) {
    case Receipt::kMessage:
      ASSERT_LE(message.header().length, kMaxMessageLength);
      ASSERT_EQ(message.body().size(), message.header().length);
      ++seen.messages;
      return;
    case Receipt::kEmpty:
      ++seen.empty;
      return;
    case Receipt::kGarbage:
      ++seen.garbage;
      return;
  }
  FAIL() << "an unknown receipt";
}

TEST(Scribble, OverHeadsTailsAndSlotsCrashesNobody) {
  auto ends = two_ends(kSlots);
  const auto mapping = map_shared_memory(ends.memory, 1, Access::kReadWrite);
  ASSERT_TRUE(mapping);
  const std::vector<std::byte> body(kMaxMessageLength, std::byte{0x5a});
  Seen seen;
  std::atomic<bool> is_done = false;
  {
    std::jthread madman([&] {
      scribble(*mapping);
      is_done = true;
    });
    for (std::size_t i = 0; !is_done; ++i) {
      use(ends.producer, ends.consumer, std::span(body).first(i * 37 % body.size()), seen);
    }
  }
  // The scribbling has met all of them, or this test shows nothing.
  EXPECT_GT(seen.sent, 0U);
  EXPECT_GT(seen.messages, 0U);
  EXPECT_GT(seen.empty, 0U);
  EXPECT_GT(seen.garbage, 0U);
}

}  // namespace
}  // namespace mediaplane::abi
