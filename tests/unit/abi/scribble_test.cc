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
constexpr std::uint64_t kScribbles = 5'000'000;
constexpr std::size_t kHeadsAndTails = 256;  // Bytes of the shared memory that hold them.

// Until it is told to stop.
void scribble(const Mapping& mapping, const std::atomic<bool>& stop,
              std::atomic<std::uint64_t>& scribbles) {
  std::mt19937_64 random(1);
  const auto words = std::span(reinterpret_cast<std::uint32_t*>(mapping.base()),
                               SlotRing::shared_bytes(kSlots) / sizeof(std::uint32_t));
  for (; !stop; scribbles.fetch_add(1, std::memory_order_relaxed)) {
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

  bool everything() const { return sent > 0 && messages > 0 && empty > 0 && garbage > 0; }
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
  std::atomic<bool> stop = false;
  std::atomic<std::uint64_t> scribbles = 0;
  std::jthread madman([&] { scribble(*mapping, stop, scribbles); });
  // On until the scribbling has met every outcome; without that this test shows nothing, and the
  // test runner's time-out says so.
  for (std::size_t i = 0; scribbles < kScribbles || !seen.everything(); ++i) {
    use(ends.producer, ends.consumer, std::span(body).first(i * 37 % body.size()), seen);
    if (HasFatalFailure()) break;
  }
  stop = true;
}

}  // namespace
}  // namespace mediaplane::abi
