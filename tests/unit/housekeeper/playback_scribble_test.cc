// SPDX-License-Identifier: BSD-2-Clause
// A control plane gone mad scribbles over the playback ring while prompts play: the housekeeper
// sends what makes sense, and accounts for all of it. Scribbles come between the steps, so that a
// run is the same every time; abi/scribble_test.cc has them come at any time.
#include <optional>
#include <random>

#include <gtest/gtest.h>

#include "dataplane/housekeeper/playback.h"
#include "tests/support/plane.h"
#include "tests/unit/abi/two_ends.h"

namespace mediaplane::test {
namespace {

constexpr std::uint32_t kSlots = 64;
constexpr int kSteps = 20'000;
constexpr std::size_t kHeadsAndTails = 256;  // Bytes of the shared memory that hold them.

// One attachment's ring, and what both processes may write of it.
struct SharedRing {
  abi::TwoEnds ends = abi::two_ends(kSlots);
  abi::Mapping mapping = *abi::map_shared_memory(ends.memory, 1, abi::Access::kReadWrite);

  void scribble(std::mt19937_64& random) {
    const auto words = std::span(reinterpret_cast<std::uint32_t*>(mapping.base()),
                                 abi::SlotRing::shared_bytes(kSlots) / sizeof(std::uint32_t));
    // A message begins in the slot that is next; its first words are header, session and side.
    const auto next = kHeadsAndTails + random() % kSlots * abi::kSlotBytes;
    const std::array<std::size_t, 4> places = {random() % (kHeadsAndTails / 4),
                                               random() % words.size(), next / 4 + random() % 8,
                                               next / 4 + random() % 8};
    const auto value = static_cast<std::uint32_t>(random());
    const std::array<std::uint32_t, 4> values = {value, value % (2 * kSlots), value % 4, 0};
    words[places[random() % 4] % words.size()] = values[random() % 4];
  }
};

struct Seen {
  std::uint64_t sent = 0;
  std::uint64_t refused = 0;
  std::uint64_t garbage = 0;
  std::uint64_t empty = 0;
};

std::uint64_t dropped(const abi::LcoreTotals& totals) {
  std::uint64_t all = 0;
  for (const auto& [verdict, name] : kVerdictNames) {
    if (is_drop(verdict)) all += totals.verdicts[static_cast<std::size_t>(verdict)];
  }
  return all;
}

TEST(PlaybackScribble, EveryPromptIsSentOrDroppedWhateverTheRingHolds) {
  Plane plane;
  plane.resolve("198.18.0.20", kPhoneMac);
  auto wish = plane.session(0, 35000, at("198.18.0.10", 4000), 35002, at("198.18.0.20", 5000));
  wish.sides[1].flags = abi::kPlaying;
  ASSERT_EQ(plane.set(wish), abi::Status::kDone);
  Playback playback(plane.shared(), plane.sessions(), plane.neighbours(), plane.outbox());
  const auto& totals = plane.housekeeper_totals();
  const auto asked = plane.injected().size();  // For the callee's MAC.

  const abi::PlayedPacket played{{0, 1}, abi::Side::kCaller, {}};
  std::mt19937_64 random(1);
  Seen seen;
  abi::Message message;
  std::optional<SharedRing> ring(std::in_place);
  for (std::uint16_t i = 0; i < kSteps; ++i) {
    (void)abi::send(ring->ends.producer, abi::MessageType::kPlay, 0, abi::as_bytes_of(played),
                    rtp_payload(9, i, i % 1000));
    if (random() % 2 == 0) ring->scribble(random);
    const auto receipt = abi::receive(ring->ends.consumer, message);
    seen.empty += receipt == abi::Receipt::kEmpty ? 1 : 0;
    bool is_sane = receipt != abi::Receipt::kGarbage;
    seen.garbage += is_sane ? 0 : 1;
    if (receipt == abi::Receipt::kMessage) {
      is_sane = playback.play(message, plane.now);
      seen.refused += is_sane ? 0 : 1;
    }
    seen.sent += plane.injected().size();
    if (!is_sane) ring.emplace();  // Whoever sends garbage has to attach again.
  }
  EXPECT_GT(seen.sent, 0U);
  EXPECT_GT(seen.refused, 0U);
  EXPECT_GT(seen.garbage, 0U);
  EXPECT_GT(seen.empty, 0U);
  EXPECT_GT(dropped(totals), 0U);
  EXPECT_EQ(totals.generated, asked + seen.sent + dropped(totals));
}

}  // namespace
}  // namespace mediaplane::test
