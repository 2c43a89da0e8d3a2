// SPDX-License-Identifier: BSD-2-Clause
#include "dataplane/housekeeper/reassembly.h"

#include <algorithm>
#include <random>

#include <gtest/gtest.h>

#include "tests/support/fragment_frames.h"

namespace mediaplane::test {
namespace {

class ReassemblyTest : public testing::TestWithParam<bool> {
 protected:
  bool ipv6() const { return GetParam(); }
  // Of host number `host`, each in an IPv6 /64 of its own.
  Frame datagram(std::size_t payload, unsigned host = 10) {
    const auto text =
        ipv6() ? "2001:db8:" + std::to_string(host) + "::10"
               : "198.51." + std::to_string(host / 250) + "." + std::to_string(1 + host % 250);
    UdpSpec spec;
    spec.source_ip = text.c_str();
    spec.destination_ip = ipv6() ? "2001:db8::1" : "198.18.0.1";
    spec.payload.resize(payload);
    for (std::size_t i = 0; i < payload; ++i) spec.payload[i] = static_cast<std::byte>(i * 13);
    return udp_frame(spec);
  }
  static Frame bytes_of(const Frame& whole) {
    return slice(whole, udp_offset_of(whole), whole.size());
  }
  // The datagram that the frame completes.
  Frame take(const Frame& frame) {
    const auto fragment = read_fragment(frame);
    EXPECT_TRUE(fragment);
    const auto whole = table_.take(*fragment, now_);
    ++received_;
    EXPECT_EQ(received_, consumed() + dropped() + table_.held()) << "the books balance";
    EXPECT_LE(table_.datagrams(), Reassembly::kDatagrams);
    return whole ? Frame(whole->bytes.begin(), whole->bytes.end()) : Frame{};
  }
  Frame take(const Frame& whole, std::size_t begin, std::size_t end, std::uint32_t id = 1) {
    return take(fragment_of(whole, begin, end, id));
  }
  std::uint64_t consumed() const { return totals_->consumed.load(); }
  std::uint64_t dropped(Verdict verdict) const {
    return totals_->verdicts[static_cast<std::size_t>(verdict)].load();
  }
  std::uint64_t dropped() const {
    std::uint64_t sum = 0;
    for (const auto& counter : totals_->verdicts) sum += counter.load();
    return sum;
  }

  std::unique_ptr<abi::LcoreTotals> totals_ = std::make_unique<abi::LcoreTotals>();
  Outbox outbox_{nullptr, {}, *totals_};
  Reassembly table_{outbox_};
  Tick now_ = 1000;
  std::uint64_t received_ = 0;
};

TEST_P(ReassemblyTest, PiecesInAnyOrderAreTheDatagram) {
  const auto whole = datagram(3000);
  auto frames = fragments_of(whole, 800, 1);
  ASSERT_EQ(frames.size(), 4U);
  std::mt19937 chance(1);
  for (int i = 0; i < 50; ++i) {
    std::shuffle(frames.begin(), frames.end(), chance);
    for (std::size_t j = 0; j < 3; ++j) EXPECT_EQ(take(frames[j]), Frame{});
    EXPECT_EQ(take(frames[3]), bytes_of(whole));
    EXPECT_EQ(table_.held(), 0U);
    EXPECT_EQ(table_.datagrams(), 0U);
  }
  EXPECT_EQ(consumed(), received_);
}

TEST_P(ReassemblyTest, WhatMakesTwoDatagramsDifferentIsSourceAndNumber) {
  const auto a = datagram(1000, 1);
  const auto b = datagram(1008, 2);
  take(a, 0, 800, 7);
  take(b, 0, 800, 7);
  take(a, 0, 800, 8);
  EXPECT_EQ(table_.datagrams(), 3U);
  EXPECT_EQ(take(b, 800, 9999, 7), bytes_of(b));
  EXPECT_EQ(take(a, 800, 9999, 7), bytes_of(a));
  EXPECT_EQ(take(a, 800, 9999, 8), bytes_of(a));
}

TEST_P(ReassemblyTest, TheSameOnceMoreIsDroppedAlone) {
  const auto whole = datagram(1992);
  take(whole, 0, 1000);
  take(whole, 0, 1000);
  EXPECT_EQ(dropped(Verdict::kFragmentDuplicate), 1U);
  EXPECT_EQ(take(whole, 1000, 2000), bytes_of(whole));
  EXPECT_EQ(dropped(), 1U);
}

TEST_P(ReassemblyTest, TheSamePlaceWithOtherBytesIsAnOverlap) {
  const auto whole = datagram(1992);
  take(whole, 0, 1000);
  auto forged = fragment_of(whole, 0, 1000, 1);
  forged.back() ^= std::byte{1};
  take(forged);
  EXPECT_EQ(dropped(Verdict::kFragmentOverlap), 2U);
  EXPECT_EQ(take(whole, 1000, 2000), Frame{}) << "whatever else comes of it is lost";
  EXPECT_EQ(dropped(Verdict::kFragmentOverlap), 3U);
  now_ += Reassembly::kPatience;
  table_.tick(now_);
  take(whole, 0, 1000);
  EXPECT_EQ(take(whole, 1000, 2000), bytes_of(whole)) << "and the number is free again";
}

struct Overlap {
  const char* name;
  std::size_t first[2];
  std::size_t second[2];
};

TEST_P(ReassemblyTest, AnyOverlapEndsTheDatagram) {
  const Overlap rows[] = {
      {"begin", {64, 256}, {0, 72}},
      {"end", {64, 256}, {248, 400}},
      {"within", {64, 256}, {128, 192}},
      {"around", {64, 256}, {0, 512}},
      {"from the begin", {0, 256}, {0, 128}},
      {"last over the end", {64, 256}, {248, 1000}},
      {"before the last", {512, 1000}, {256, 520}},
  };
  const auto whole = datagram(992);
  std::uint32_t id = 1;
  for (const auto& row : rows) {
    SCOPED_TRACE(row.name);
    const auto before = dropped(Verdict::kFragmentOverlap);
    take(whole, row.first[0], row.first[1], id);
    take(whole, row.second[0], row.second[1], id);
    EXPECT_EQ(dropped(Verdict::kFragmentOverlap), before + 2);
    EXPECT_EQ(table_.held(), 0U);
    ++id;
  }
}

TEST_P(ReassemblyTest, ADatagramHasOneEnd) {
  const auto longer = datagram(992);
  const auto shorter = datagram(492);
  take(shorter, 400, 9999, 1);
  take(longer, 640, 9999, 1);  // Another last one.
  EXPECT_EQ(dropped(Verdict::kFragmentOverlap), 2U);
  take(shorter, 400, 9999, 2);
  take(longer, 640, 800, 2);  // More to come behind the last one.
  EXPECT_EQ(dropped(Verdict::kFragmentOverlap), 4U);
  take(longer, 640, 800, 3);
  take(shorter, 400, 9999, 3);  // A last one that is not behind the others.
  EXPECT_EQ(dropped(Verdict::kFragmentOverlap), 6U);
  take(longer, 80, 640, 4);
  take(fragment_frame(longer, 80, slice(bytes_of(longer), 80, 640), false,
                      4));  // The same, as last.
  EXPECT_EQ(dropped(Verdict::kFragmentOverlap), 8U);
  EXPECT_EQ(table_.held(), 0U);
}

TEST_P(ReassemblyTest, EightPiecesAreADatagramAndNineAreNone) {
  const auto eight = datagram(792);
  auto frames = fragments_of(eight, 104, 1);
  ASSERT_EQ(frames.size(), 8U);
  for (std::size_t i = 0; i < 7; ++i) take(frames[i]);
  EXPECT_EQ(take(frames[7]), bytes_of(eight));
  frames = fragments_of(datagram(892), 104, 2);
  ASSERT_EQ(frames.size(), 9U);
  for (const auto& frame : frames) EXPECT_EQ(take(frame), Frame{});
  EXPECT_EQ(dropped(Verdict::kFragmentTooLong), 9U);
  EXPECT_EQ(table_.held(), 0U);
}

TEST_P(ReassemblyTest, TheLongestIsPutTogetherAndAByteMoreIsNot) {
  const auto longest = datagram(abi::kMaxPacketPayload);
  auto frames = fragments_of(longest, 1480, 1);
  for (std::size_t i = 0; i + 1 < frames.size(); ++i) take(frames[i]);
  EXPECT_EQ(take(frames.back()), bytes_of(longest));
  frames = fragments_of(datagram(abi::kMaxPacketPayload + 1), 1480, 2);
  for (const auto& frame : frames) EXPECT_EQ(take(frame), Frame{});
  EXPECT_EQ(dropped(Verdict::kFragmentTooLong), frames.size());
}

TEST_P(ReassemblyTest, BadPiecesAreDroppedAlone) {
  const auto whole = datagram(1992);
  take(whole, 0, 1000);
  const auto bytes = [](std::size_t size) { return Frame(size, std::byte{5}); };
  take(fragment_frame(whole, 1000, bytes(0), true, 1));
  take(fragment_frame(whole, 1000, bytes(0), false, 1));
  take(fragment_frame(whole, 1000, bytes(7), true, 1));
  take(fragment_frame(whole, 1000, bytes(8), true, 1));
  take(fragment_frame(whole, 1000, bytes(56), true, 1));
  take(fragment_frame(whole, 1000, bytes(100), true, 1));
  take(fragment_frame(whole, 65528, bytes(8), false, 1));
  take(fragment_frame(whole, 65528, bytes(64), true, 1));
  EXPECT_EQ(dropped(Verdict::kBadFragment), 8U);
  take(fragment_frame(whole, 65528, bytes(7), false, 3));
  EXPECT_EQ(dropped(Verdict::kFragmentTooLong), 1U);
  EXPECT_EQ(take(whole, 1000, 2000), bytes_of(whole));
  EXPECT_EQ(table_.datagrams(), 0U) << "a bad piece begins nothing";
}

TEST_P(ReassemblyTest, WhatIsNeverCompleteGoesAfterTwoSeconds) {
  const auto whole = datagram(2992);
  take(whole, 0, 1000);
  now_ += Reassembly::kPatience - 1;
  take(whole, 1000, 2000);  // Does not prolong it.
  table_.tick(now_);
  EXPECT_EQ(table_.held(), 2U);
  table_.tick(++now_);
  EXPECT_EQ(table_.held(), 0U);
  EXPECT_EQ(table_.datagrams(), 0U);
  EXPECT_EQ(dropped(Verdict::kFragmentTimeout), 2U);
}

TEST_P(ReassemblyTest, ASourceBeyondItsSharePushesOutItsOwn) {
  const auto another = datagram(1992, 2);
  take(another, 0, 1000, 5);
  const auto its = datagram(1992, 1);
  for (std::uint32_t id = 0; id < 10000; ++id) take(its, 0, 1000, id);
  EXPECT_EQ(table_.datagrams(), Reassembly::kDatagramsOfSource + 1);
  EXPECT_EQ(dropped(Verdict::kFragmentTableFull), 10000 - Reassembly::kDatagramsOfSource);
  EXPECT_EQ(take(another, 1000, 2000, 5), bytes_of(another));
  EXPECT_EQ(take(its, 1000, 2000, 9999), bytes_of(its)) << "its newest are whole";
}

TEST_P(ReassemblyTest, AFullTableGivesTheOldestPlacesToNewDatagrams) {
  unsigned host = 0;
  for (; host < Reassembly::kDatagrams; ++host) take(datagram(1992, host), 0, 1000);
  EXPECT_EQ(table_.datagrams(), Reassembly::kDatagrams);
  EXPECT_EQ(dropped(), 0U);
  const auto newest = datagram(1992, host);
  take(newest, 0, 1000);
  EXPECT_EQ(dropped(Verdict::kFragmentTableFull), 1U);
  EXPECT_EQ(take(newest, 1000, 2000), bytes_of(newest));
  EXPECT_EQ(take(datagram(1992, 1), 1000, 2000), bytes_of(datagram(1992, 1)));
  EXPECT_EQ(take(datagram(1992, 0), 1000, 2000), Frame{}) << "its first half was the oldest";
  now_ += Reassembly::kPatience;
  table_.tick(now_);
  EXPECT_EQ(table_.datagrams(), 0U);
}

TEST_P(ReassemblyTest, WhatIsHeldAtTheEndIsDropped) {
  for (unsigned host = 0; host < 20; ++host) take(datagram(1992, host), 0, 1000);
  table_.drop_held(Verdict::kStopping);
  EXPECT_EQ(dropped(Verdict::kStopping), 20U);
  EXPECT_EQ(table_.held(), 0U);
}

INSTANTIATE_TEST_SUITE_P(, ReassemblyTest, testing::Bool(),
                         [](const auto& row) { return row.param ? "Ipv6" : "Ipv4"; });

}  // namespace
}  // namespace mediaplane::test
