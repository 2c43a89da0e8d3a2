// SPDX-License-Identifier: BSD-2-Clause
// Every row of malformed packets, alone and in a burst: it meets its own fate by name, and the good
// packets around it are relayed byte by byte.
#include "tests/support/malformed.h"

#include <set>

#include "tests/support/road.h"

namespace mediaplane::test {
namespace {

constexpr std::size_t kPlace = 13;  // In the burst.

class Malformed : public testing::Test {
 protected:
  Malformed() {
    set_up_calls(plane_);
    for (int i = 0; i < 5; ++i) {  // Until both parties are proved.
      for (const auto good : {good_media, good_media6, good_rtcp}) {
        travel(good(), is_ipv6(good()) ? Plane::kLan : Plane::kWan);
      }
    }
    road_.pass(kTicksPerSecond);
  }
  Fate travel(const Frame& frame, std::uint16_t ethdev) {
    const auto fate = road_.travel(frame, ethdev);
    road_.pass(1);
    return fate;
  }

  Plane plane_;
  Road road_{plane_};
};

std::vector<std::byte> payload_of(const Frame& frame) {
  const auto at = udp_offset_of(frame);
  const auto length = load<UdpHeader>(frame.data() + at).length.host();
  const auto begin = frame.begin() + static_cast<std::ptrdiff_t>(at);
  return {begin + sizeof(UdpHeader), begin + length};
}

// Identification and header checksum of an IPv4 packet count on; all else is the same each time.
Frame without_number(Frame frame) {
  if (!is_ipv6(frame)) {
    store(frame.data() + kIpAt + 4, Be16{0});
    store(frame.data() + kIpAt + 10, Be16{0});
  }
  return frame;
}

bool is_to_everybody(const Frame& frame) {
  return load<EthernetHeader>(frame.data()).destination.is_multicast();
}

TEST_F(Malformed, EachMeetsItsFateByName) {
  for (const auto& row : all_malformed_rows()) {
    SCOPED_TRACE(row.name);
    const auto frame = row.frame();
    const auto fate = travel(frame, row.ethdev());
    EXPECT_EQ(fate.name, row.fate);
    EXPECT_TRUE(road_.balances());
    // Whoever claims our address is contradicted before everybody, some rows later once more.
    auto sent = road_.sent();
    if (fate.name != "answered") std::erase_if(sent, is_to_everybody);
    EXPECT_EQ(sent.size(), fate.name == "answered" ? 1U : 0U);
    if (fate.name != "forward") continue;
    const auto payload = payload_of(fate.sent);
    EXPECT_NE(std::search(frame.begin(), frame.end(), payload.begin(), payload.end()), frame.end());
    const auto udp = load<UdpHeader>(fate.sent.data() + udp_offset_of(fate.sent));
    EXPECT_EQ(fate.sent.size(), udp_offset_of(fate.sent) + udp.length.host()) << "padding is cut";
  }
}

TEST_F(Malformed, EachCostsOnlyItself) {
  for (const auto& row : all_malformed_rows()) {
    SCOPED_TRACE(row.name);
    const auto good = row.ethdev() == Plane::kLan ? good_media6() : good_media();
    const auto expected = without_number(travel(good, row.ethdev()).sent);
    ASSERT_FALSE(expected.empty());
    std::vector<Frame> frames(kBurst, good);
    frames[kPlace] = row.frame();
    const auto fates = road_.travel(frames, row.ethdev());
    road_.pass(10);  // Pings have a rate.
    for (std::size_t i = 0; i < kBurst; ++i) {
      ASSERT_EQ(fates[i].name, i == kPlace ? row.fate : "forward") << i;
      if (i == kPlace) continue;
      ASSERT_EQ(without_number(fates[i].sent), expected) << i;
    }
    ASSERT_TRUE(road_.balances());
  }
}

TEST_F(Malformed, RowsHaveNamesOfTheirOwn) {
  std::set<std::string_view> names;
  for (const auto& row : all_malformed_rows()) {
    EXPECT_TRUE(names.insert(row.name).second) << row.name;
  }
  EXPECT_GE(names.size(), 120U);
}

// What is no RTP is relayed, and not counted as RTP.
TEST_F(Malformed, OnlySoundRtpCountsAsRtp) {
  const auto& statistics = plane_.shared().region.flow_statistics(0);
  const auto rtp = [&] { return statistics.rtp_packets.load() + statistics.duplicates.load(); };
  const std::set<std::string_view> sound = {
      "RTP of 12 bytes",       "RTP extension of the rest", "RTP padding that is the payload",
      "sequence number 65535", "timestamp that jumps",      "SSRC 0"};
  for (const auto& row : rtp_rows()) {
    SCOPED_TRACE(row.name);
    travel(good_media(), Plane::kWan);
    const auto before = rtp();
    travel(row.frame(), Plane::kWan);
    EXPECT_EQ(rtp() != before, sound.contains(row.name));
  }
}

// A packet in two buffers, wherever it is cut.
TEST_F(Malformed, APacketInSeveralBuffersIsDroppedWhole) {
  const auto frame = good_media();
  for (const std::size_t cut : {0, 1, 13, 14, 20, 33, 34, 38, 41, 42, 50, 54, 100}) {
    SCOPED_TRACE(cut);
    const auto middle = frame.begin() + static_cast<std::ptrdiff_t>(cut);
    auto* head = plane_.mbuf_of({frame.begin(), middle}, Plane::kWan);
    ASSERT_EQ(rte_pktmbuf_chain(head, plane_.mbuf_of({middle, frame.end()}, Plane::kWan)), 0);
    Burst burst;
    burst.count = 1;
    burst.mbufs[0] = head;
    process(burst, plane_.shared().ports[Plane::kWan], plane_.worker());
    EXPECT_EQ(name_of(burst.packets[0].verdict), "multi_segment");
    rte_pktmbuf_free(head);
    EXPECT_TRUE(road_.balances());
  }
}

}  // namespace
}  // namespace mediaplane::test
