// SPDX-License-Identifier: BSD-2-Clause
// A control plane gone mad scribbles over the playback ring while prompts play: the housekeeper
// sends what makes sense, and accounts for all of it.
#include <atomic>
#include <random>
#include <thread>

#include <gtest/gtest.h>

#include "dataplane/housekeeper/playback.h"
#include "tests/support/plane.h"
#include "tests/unit/abi/two_ends.h"

namespace mediaplane::test {
namespace {

constexpr std::uint32_t kSlots = 64;
constexpr std::size_t kHeadsAndTails = 256;  // Bytes of the shared memory that hold them.

// Until it is told to stop.
void scribble(const abi::Mapping& mapping, const std::atomic<bool>& stop) {
  std::mt19937_64 random(1);
  const auto words = std::span(reinterpret_cast<std::uint32_t*>(mapping.base()),
                               abi::SlotRing::shared_bytes(kSlots) / sizeof(std::uint32_t));
  while (!stop.load(std::memory_order_relaxed)) {
    const bool in_slots = random() % 2 == 0;
    const auto place = random() % (in_slots ? words.size() : kHeadsAndTails / 4);
    const auto value = static_cast<std::uint32_t>(random());
    const std::array<std::uint32_t, 4> values = {value, value % (2 * kSlots), value % 4, 0};
    std::atomic_ref(words[place]).store(values[random() % 4], std::memory_order_relaxed);
  }
}

struct Seen {
  std::uint64_t sent = 0;
  std::uint64_t refused = 0;
  std::uint64_t garbage = 0;
};

TEST(PlaybackScribble, EveryPromptIsSentOrDroppedWhateverTheRingHolds) {
  Plane plane;
  plane.resolve("198.18.0.20", kPhoneMac);
  auto wish = plane.session(0, 35000, at("198.18.0.10", 4000), 35002, at("198.18.0.20", 5000));
  wish.sides[1].flags = abi::kPlaying;
  ASSERT_EQ(plane.set(wish), abi::Status::kDone);
  Playback playback(plane.shared(), plane.sessions(), plane.neighbours(), plane.outbox());
  auto ring = abi::two_ends(kSlots);
  const auto mapping = abi::map_shared_memory(ring.memory, 1, abi::Access::kReadWrite);
  ASSERT_TRUE(mapping);
  auto& totals = plane.housekeeper_totals();
  const auto asked = plane.injected().size();  // For the callee's MAC.

  const abi::PlayedPacket played{{0, 1}, abi::Side::kCaller, {}};
  Seen seen;
  abi::Message message;
  std::atomic<bool> stop = false;
  std::jthread madman([&] { scribble(*mapping, stop); });
  // Until everything was met; the test runner's time-out says if that never comes.
  for (std::uint16_t i = 0; seen.sent < 1000 || seen.refused == 0 || seen.garbage < 1000; ++i) {
    (void)abi::send(ring.producer, abi::MessageType::kPlay, 0, abi::as_bytes_of(played),
                    rtp_payload(9, i, i % 1000));
    const auto receipt = abi::receive(ring.consumer, message);
    seen.garbage += receipt == abi::Receipt::kGarbage ? 1 : 0;
    if (receipt != abi::Receipt::kMessage) continue;
    seen.refused += playback.play(message, plane.now) ? 0 : 1;
    seen.sent += plane.injected().size();
  }
  stop = true;
  std::uint64_t dropped = 0;
  for (const auto& [verdict, name] : kVerdictNames) {
    if (is_drop(verdict)) dropped += totals.verdicts[static_cast<std::size_t>(verdict)];
  }
  EXPECT_EQ(totals.generated, asked + seen.sent + dropped);
}

}  // namespace
}  // namespace mediaplane::test
