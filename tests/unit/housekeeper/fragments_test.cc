// SPDX-License-Identifier: BSD-2-Clause
// Fragments on their whole way: in through the stages and the slow path, out to the other party.
#include "dataplane/housekeeper/fragments.h"

#include <gtest/gtest.h>

#include "tests/support/fragment_frames.h"
#include "tests/support/road.h"

namespace mediaplane::test {
namespace {

constexpr const char* kPhone4 = "198.18.0.10";
constexpr const char* kOther4 = "10.0.0.20";
constexpr const char* kPhone6 = "2001:db8::10";

// A phone of either family on one port, the other party on the other: callee in IPv4 on kWan or in
// IPv6 on kLan; caller in IPv4 on kLan.
class FragmentsTest : public testing::TestWithParam<bool> {
 protected:
  FragmentsTest() {
    plane_.resolve(kPhone4, kPhoneMac);
    plane_.resolve(kPhone6, kPhoneMac, Plane::kLan);
    plane_.resolve(kOther4, kPhoneMac, Plane::kLan);
    auto wish =
        plane_.session(0, 35000, at(ipv6() ? kPhone6 : kPhone4, 4000), 35002, at(kOther4, 5000));
    wish.sides[0].local_address = ipv6() ? 3 : 0;
    wish.sides[1].local_address = 2;
    EXPECT_EQ(plane_.set(wish), abi::Status::kDone);
  }
  bool ipv6() const { return GetParam(); }
  std::uint16_t ethdev() const { return ipv6() ? Plane::kLan : Plane::kWan; }
  Frame from_phone(std::size_t payload, std::uint16_t udp_port = 35000) {
    UdpSpec spec;
    spec.destination_mac = ipv6() ? kLanMac : kRelayMac;
    spec.source_ip = ipv6() ? kPhone6 : kPhone4;
    spec.destination_ip = ipv6() ? "2001:db8::1" : "198.18.0.1";
    spec.destination_port = udp_port;
    spec.payload = bytes(payload);
    return udp_frame(spec);
  }
  static std::vector<std::byte> bytes(std::size_t size) {
    auto payload = rtp_payload(77, 1, size - sizeof(RtpHeader));
    for (std::size_t i = 12; i < size; ++i) payload[i] = static_cast<std::byte>(i * 17);
    return payload;
  }
  // The names of what became of the datagrams.
  std::vector<std::string_view> travel(const std::vector<Frame>& frames) {
    for (const auto& frame : frames) road_.travel(frame, ethdev());
    EXPECT_TRUE(road_.balances());
    std::vector<std::string_view> names;
    whole_.clear();
    for (auto& fate : road_.put_together()) {
      names.push_back(fate.name);
      whole_.push_back(fate.sent);
    }
    return names;
  }
  using Names = std::vector<std::string_view>;

  Plane plane_;
  Road road_{plane_};
  std::vector<Frame> whole_;  // Those that left in one piece.
};

void expect_sound(const Frame& frame, std::size_t payload) {
  const auto at = udp_offset_of(frame);
  const auto udp = load<UdpHeader>(frame.data() + at);
  EXPECT_EQ(udp.length.host(), payload + sizeof udp);
  EXPECT_EQ(udp.checksum, oracle_udp_checksum(frame));
  if (!is_ipv6(frame)) {
    EXPECT_EQ(oracle_checksum(slice(frame, kIpAt, at)), 0);
  }
}

TEST_P(FragmentsTest, ALongDatagramLeavesInFragmentsThatAreTheSameDatagram) {
  for (const std::size_t size : {1473U, 2000U, 4000U, 9216U}) {
    SCOPED_TRACE(size);
    EXPECT_EQ(travel(fragments_of(from_phone(size), 1400, 9)), Names{"split"});
    const auto sent = road_.sent();
    for (const auto& frame : sent) EXPECT_LE(frame.size(), 1514U);
    const auto whole = joined(sent);
    ASSERT_TRUE(whole);
    expect_sound(*whole, size);
    EXPECT_EQ(slice(*whole, whole->size() - size, whole->size()), bytes(size));
    plane_.housekeep();
  }
}

TEST_P(FragmentsTest, WhatFitsLeavesInOnePiece) {
  for (const std::size_t size : {200U, 1000U, 1472U}) {
    SCOPED_TRACE(size);
    EXPECT_EQ(travel(fragments_of(from_phone(size), 184, 9)).size(), size == 1472 ? 0U : 1U);
    if (size == 1472) {  // More than eight of those.
      EXPECT_EQ(travel(fragments_of(from_phone(size), 800, 10)), Names{"forward"});
    }
    ASSERT_EQ(whole_.size(), 1U);
    expect_sound(whole_[0], size);
    EXPECT_EQ(slice(whole_[0], whole_[0].size() - size, whole_[0].size()), bytes(size));
    EXPECT_TRUE(road_.sent().empty());
  }
}

TEST_P(FragmentsTest, NobodysDatagramMeetsTheFateOfNobodysPackets) {
  EXPECT_EQ(travel(fragments_of(from_phone(2000, 36000), 1400, 9)), Names{"no_session"});
  EXPECT_EQ(travel(fragments_of(from_phone(200, 36000), 104, 9)), Names{"no_session"});
}

// Strangers are refused as with any packet, and a fragment alone teaches nothing.
TEST_P(FragmentsTest, OnlyTheWholeDatagramTeaches) {
  const auto frames = fragments_of(from_phone(2000), 1400, 9);
  travel({frames[0]});
  plane_.housekeep();
  EXPECT_TRUE(plane_.learned.empty());
  EXPECT_EQ(travel({frames[1]}), Names{"split"});
  plane_.housekeep();
  EXPECT_FALSE(plane_.learned.empty());
  auto stranger = from_phone(2000);
  store(stranger.data() + udp_offset_of(stranger), be16(4444));
  seal(stranger);
  for (int i = 0; i < 4; ++i) {
    auto forged = stranger;
    EXPECT_EQ(travel(fragments_of(forged, 1400, 20)), Names{"source_mismatch"});
  }
}

TEST_P(FragmentsTest, StatisticsCountTheDatagramOnce) {
  travel(fragments_of(from_phone(2000), 1400, 9));
  const auto& statistics = plane_.shared().region.flow_statistics(
      abi::flow_index(0, abi::Side::kCallee, abi::Component::kRtp));
  EXPECT_EQ(statistics.packets.load(), 1U);
  EXPECT_EQ(statistics.bytes.load(), 2000U);
  EXPECT_EQ(statistics.rtp_packets.load(), 1U);
}

TEST_P(FragmentsTest, UdpThatLiesAboutItsLengthIsDroppedOrCut) {
  auto whole = from_phone(2000);
  const auto udp_length = whole.data() + udp_offset_of(whole) + 4;
  const auto dropped = [this] {
    return plane_.housekeeper_totals()
        .verdicts[static_cast<std::size_t>(Verdict::kBadUdpLength)]
        .load();
  };
  for (const std::uint16_t length : std::vector<std::uint16_t>{0, 7, 2009, 65535}) {
    store(udp_length, be16(length));
    EXPECT_EQ(travel(fragments_of(whole, 1400, 9)), Names{});
  }
  EXPECT_EQ(dropped(), 4U);
  // What is behind the datagram is cut off, and what is left may be short.
  whole = from_phone(172);
  whole.resize(whole.size() + 4000);
  if (!ipv6()) {
    auto ip = load<Ipv4Header>(whole.data() + kIpAt);
    ip.total_length = be16(4200);
    store(whole.data() + kIpAt, ip);
  }
  EXPECT_EQ(travel(fragments_of(whole, 1400, 9)), Names{"forward"});
  expect_sound(whole_[0], 172);
}

TEST_P(FragmentsTest, FragmentsWaitForTheNextHop) {
  auto wish =
      plane_.session(0, 35000, at(ipv6() ? kPhone6 : kPhone4, 4000), 35002, at("10.0.0.30", 5000));
  wish.sides[0].local_address = ipv6() ? 3 : 0;
  wish.sides[1].local_address = 2;
  ASSERT_EQ(plane_.set(wish), abi::Status::kDone);
  road_.sent();  // A question.
  EXPECT_EQ(travel(fragments_of(from_phone(2000), 1400, 9)), Names{"split"});
  EXPECT_TRUE(road_.sent().empty());
  plane_.neighbours().learn(Plane::kLan, *parse_ip("10.0.0.30"), kPhoneMac, true, plane_.now);
  const auto whole = joined(road_.sent());
  ASSERT_TRUE(whole);
  expect_sound(*whole, 2000);
}

TEST_P(FragmentsTest, WithoutBuffersADatagramIsDroppedByName) {
  std::vector<rte_mbuf*> taken;
  while (auto* mbuf = rte_pktmbuf_alloc(plane_.pool())) taken.push_back(mbuf);
  rte_pktmbuf_free(taken.back());  // For the fragments that come in.
  taken.pop_back();
  for (const auto& frame : fragments_of(from_phone(2000), 1400, 9)) {
    road_.travel(frame, ethdev());
  }
  rte_pktmbuf_free_bulk(taken.data(), static_cast<unsigned>(taken.size()));
  EXPECT_EQ(road_.put_together().size(), 1U) << "its own buffer is another pool's";
  EXPECT_TRUE(road_.sent().empty());
  EXPECT_TRUE(road_.balances());
  const auto& totals = plane_.housekeeper_totals();
  EXPECT_EQ(totals.verdicts[static_cast<std::size_t>(Verdict::kNoBuffer)].load(), 1U);
}

TEST_P(FragmentsTest, OurNumbersDoNotComeAgainSoon) {
  std::vector<std::uint32_t> ids;
  for (int i = 0; i < 200; ++i) {
    travel(fragments_of(from_phone(2000), 1400, 9));
    ids.push_back(read_sent(road_.sent()[0])->id);
  }
  std::sort(ids.begin(), ids.end());
  EXPECT_EQ(std::unique(ids.begin(), ids.end()), ids.end());
}

INSTANTIATE_TEST_SUITE_P(, FragmentsTest, testing::Bool(),
                         [](const auto& row) { return row.param ? "Ipv6" : "Ipv4"; });

// Nothing of it came in fragments: IPv4 of 1500 bytes for a party of IPv6.
TEST(FragmentsOfWholePackets, WhatGrowsTooLongIsSplit) {
  Plane plane;
  Road road(plane);
  plane.resolve(kPhone4, kPhoneMac);
  plane.resolve(kPhone6, kPhoneMac, Plane::kLan);
  auto wish = plane.session(0, 35000, at(kPhone4, 4000), 35002, at(kPhone6, 5000));
  wish.sides[1].local_address = 3;
  ASSERT_EQ(plane.set(wish), abi::Status::kDone);
  UdpSpec spec;
  spec.payload = rtp_payload(1, 1, 1460);
  EXPECT_EQ(road.travel(udp_frame(spec), Plane::kWan).name, "split");
  const auto whole = joined(road.sent());
  ASSERT_TRUE(whole);
  EXPECT_TRUE(is_ipv6(*whole));
  expect_sound(*whole, 1472);
  spec.must_not_be_split = true;
  EXPECT_EQ(road.travel(udp_frame(spec), Plane::kWan).name, "too_big");
  EXPECT_TRUE(road.balances());
}

// A call that passes here twice: what comes out of the first session goes into the second.
TEST(FragmentsOfSpirals, ALongDatagramPassesTwiceAndLeavesInFragments) {
  Plane plane;
  Road road(plane);
  plane.resolve(kPhone4, kPhoneMac);
  plane.resolve("198.18.0.20", kPhoneMac);
  plane.set(plane.session(0, 35000, at(kPhone4, 4000), 35002, at("198.18.0.1", 35004)));
  plane.set(plane.session(1, 35004, at("198.18.0.1", 35002), 35006, at("198.18.0.20", 5000)));
  UdpSpec spec;
  spec.payload = rtp_payload(1, 1, 3000);
  for (const auto& frame : fragments_of(udp_frame(spec), 1400, 9)) {
    road.travel(frame, Plane::kWan);
  }
  const auto fates = road.put_together();
  ASSERT_EQ(fates.size(), 1U);
  EXPECT_EQ(fates[0].name, "split");
  const auto whole = joined(road.sent());
  ASSERT_TRUE(whole);
  expect_sound(*whole, 3012);
  EXPECT_EQ(load<UdpHeader>(whole->data() + udp_offset_of(*whole)).destination_port, be16(5000));
  EXPECT_TRUE(road.balances());
}

}  // namespace
}  // namespace mediaplane::test
