// SPDX-License-Identifier: BSD-2-Clause
#include "dataplane/pipeline/measure.h"

#include <vector>

#include <gtest/gtest.h>

#include "tests/support/frames.h"

namespace mediaplane::test {
namespace {

// One accepted packet with this payload.
void measure_payload(abi::FlowStatistics& statistics, std::vector<std::byte> payload,
                     const Arrival& arrival) {
  payload.insert(payload.begin(), sizeof(UdpHeader), std::byte{});
  const FlowEntry entry;
  Burst burst;
  burst.count = 1;
  auto& packet = burst.packets[0];
  packet.udp = payload.data();
  packet.udp_length = static_cast<std::uint16_t>(payload.size());
  packet.entry = &entry;
  packet.statistics = &statistics;
  packet.is_active = true;
  measure(burst, arrival);
}

class MeasureTest : public testing::Test {
 protected:
  // PCMU: 160 timestamp units every 20 ms.
  void hear(std::uint32_t ssrc, std::uint16_t sequence, std::uint64_t microseconds = 0) {
    measure_payload(statistics, rtp_payload(ssrc, sequence), {++tick, microseconds});
  }
  void hear_all(std::uint32_t ssrc, const std::vector<std::uint16_t>& sequences) {
    for (const auto sequence : sequences) hear(ssrc, sequence, sequence * 20000U);
  }

  abi::FlowStatistics statistics;
  Tick tick = 0;
};

struct Row {
  const char* name;
  std::vector<std::uint16_t> sequences;
  std::uint32_t lost, duplicates;
};

TEST_F(MeasureTest, LossesAndDuplicatesByRow) {
  const Row rows[] = {
      {"in order", {1, 2, 3, 4}, 0, 0},
      {"one lost", {1, 2, 4}, 1, 0},
      {"late, not lost", {1, 2, 4, 3}, 0, 0},
      {"twice", {1, 2, 2, 3}, 0, 1},
      {"twice, the second late", {1, 2, 3, 4, 2}, 0, 1},
      {"late and twice", {1, 2, 4, 3, 3}, 0, 1},
      {"wraps", {65534, 65535, 0, 1}, 0, 0},
      {"lost while wrapping", {65534, 1}, 2, 0},
      {"a jump begins anew", {1, 2, 30000, 30001}, 0, 0},
      {"a gap of 100", {1, 102}, 100, 0},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.name);
    abi::FlowStatistics fresh;
    for (const auto sequence : row.sequences) {
      measure_payload(fresh, rtp_payload(7, sequence), {1, 0});
    }
    EXPECT_EQ(abi::packets_lost(fresh), row.lost);
    EXPECT_EQ(fresh.duplicates.load(), row.duplicates);
    EXPECT_EQ(fresh.packets.load(), row.sequences.size());
  }
}

TEST_F(MeasureTest, LossesOfFormerStreamsAreKept) {
  hear_all(1, {1, 2, 5});
  hear_all(2, {100, 102});
  EXPECT_EQ(abi::packets_lost(statistics), 3U);
}

TEST_F(MeasureTest, AnEvenStreamHasNoJitter) {
  for (std::uint16_t i = 0; i < 100; ++i) hear(1, i, 1000000 + i * 20000U);
  EXPECT_EQ(statistics.jitter.load(), 0U);
}

// RFC 3550 A.8: J += (|D| - J) / 16. Packets that come 5 ms early and late by turns differ by 80
// units of 1/8000 s from one to the next, so J approaches 80.
TEST_F(MeasureTest, JitterApproachesTheMeanDifference) {
  for (std::uint16_t i = 0; i < 500; ++i) {
    hear(1, i, 1000000 + i * 20000U + (i % 2 == 0 ? 0U : 10000U));
  }
  EXPECT_NEAR(statistics.jitter.load() / 16.0, 80.0, 1.0);
}

// 2^31 units of 1/8000 s later than its timestamp says.
TEST_F(MeasureTest, ADifferenceOfHalfTheRangeIsOneAsAnyOther) {
  hear(1, 1, 0);
  hear(1, 2, ((std::uint64_t{1} << 31) + 160) * 125);
  EXPECT_EQ(statistics.jitter.load(), 0x8000'0000);
}

TEST_F(MeasureTest, WhatIsNotRtpCountsAsPacketOnly) {
  measure_payload(statistics, {}, {5, 0});
  EXPECT_EQ(statistics.packets.load(), 1U);
  EXPECT_EQ(statistics.last_tick.load(), 5U);
  EXPECT_EQ(statistics.rtp_packets.load(), 0U);
  EXPECT_EQ(abi::packets_lost(statistics), 0U);
}

}  // namespace
}  // namespace mediaplane::test
