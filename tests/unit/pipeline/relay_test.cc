// SPDX-License-Identifier: BSD-2-Clause
// Whole packets through a session: who is admitted, and every byte of what is sent on.
#include <gtest/gtest.h>

#include "dataplane/net/rtp.h"
#include "tests/support/plane.h"

namespace mediaplane::test {
namespace {

constexpr MacAddress kCalleeMac{{0x02, 0, 0, 0, 0, 0x10}};
constexpr MacAddress kCallerMac{{0x02, 0, 0, 0, 0, 0x20}};
constexpr MacAddress kGatewayMac{{0x02, 0, 0, 0, 0, 0xfe}};
constexpr const char* kCallee = "198.18.0.10";
constexpr const char* kCaller = "198.18.0.20";
constexpr const char* kStranger = "203.0.113.66";

// A call between two phones on the connected prefix; the callee's media comes to 35000.
class RelayTest : public testing::Test {
 protected:
  RelayTest() {
    plane.resolve(kCallee, kCalleeMac);
    plane.resolve(kCaller, kCallerMac);
    plane.resolve("198.18.0.254", kGatewayMac);
    wish = plane.session(3, 35000, at(kCallee, 4000), 35002, at(kCaller, 5000));
    EXPECT_EQ(plane.set(wish), abi::Status::kDone);
  }

  static UdpSpec from_callee(std::uint16_t sequence = 1) {
    UdpSpec spec;
    spec.payload = rtp_payload(77, sequence);
    return spec;
  }
  static UdpSpec from_caller(std::uint16_t sequence = 1) {
    UdpSpec spec = from_callee(sequence);
    spec.source_ip = kCaller;
    spec.source_port = 5000;
    spec.destination_port = 35002;
    return spec;
  }
  static UdpSpec from_stranger(std::uint16_t sequence = 1) {
    UdpSpec spec = from_callee(sequence);
    spec.source_ip = kStranger;
    spec.source_port = 6666;
    spec.payload = rtp_payload(99, sequence);
    return spec;
  }
  std::string verdict(const UdpSpec& spec) {
    return std::string(name_of(plane.relay(udp_frame(spec)).verdict));
  }
  void lock(UdpSpec (*from)(std::uint16_t)) {
    for (std::uint16_t i = 1; i <= 5; ++i) {
      verdict(from(i));
      plane.housekeep();
    }
  }

  Plane plane;
  abi::Session wish;
};

// The frame that a datagram of the callee has to become, from first principles.
Frame expected_at_caller(const UdpSpec& in) {
  UdpSpec out = in;
  out.source_mac = kRelayMac;
  out.destination_mac = kCallerMac;
  out.source_ip = "198.18.0.1";
  out.source_port = 35002;
  out.destination_ip = kCaller;
  out.destination_port = 5000;
  out.ip_options = 0;
  auto frame = udp_frame(out);
  auto ip = load<Ipv4Header>(frame.data() + sizeof(EthernetHeader));
  ip.tos = 0xb8;
  ip.ttl = 64;
  ip.id = be16(0);
  store(frame.data() + sizeof(EthernetHeader), ip);
  seal(frame, in.udp_checksum);
  return frame;
}

TEST_F(RelayTest, EveryByteIsAsItMustBe) {
  for (const std::size_t options : {0, 4, 40}) {
    for (const bool udp_checksum : {true, false}) {
      for (const std::size_t payload : {0, 1, 2, 3, 11, 160, 1472 - 40}) {
        auto spec = from_callee();
        spec.ip_options = options;
        spec.udp_checksum = udp_checksum;
        spec.payload.assign(payload, std::byte{0xa7});
        plane.worker().next_ip_id = 0;
        const auto outcome = plane.relay(udp_frame(spec));
        ASSERT_EQ(outcome.verdict, Verdict::kForward);
        EXPECT_EQ(outcome.frame, expected_at_caller(spec))
            << "options " << options << " payload " << payload << " checksum " << udp_checksum;
      }
    }
  }
}

TEST_F(RelayTest, PaddingBehindTheDatagramIsCut) {
  auto spec = from_callee();
  spec.payload.assign(4, std::byte{1});
  auto frame = udp_frame(spec);
  frame.resize(60, std::byte{0xee});
  EXPECT_EQ(plane.relay(frame).frame, expected_at_caller(spec));
}

TEST_F(RelayTest, IdentificationCounts) {
  const auto id = [](const Frame& frame) {
    return load<Ipv4Header>(frame.data() + sizeof(EthernetHeader)).id.host();
  };
  const auto first = id(plane.relay(udp_frame(from_callee())).frame);
  EXPECT_EQ(id(plane.relay(udp_frame(from_callee())).frame), first + 1);
}

TEST_F(RelayTest, AWrongUdpChecksumOfALockedSourceStaysWrong) {
  lock(from_callee);
  auto frame = udp_frame(from_callee(9));
  frame.back() ^= std::byte{1};
  plane.worker().next_ip_id = 0;
  auto expected = expected_at_caller(from_callee(9));
  expected.back() ^= std::byte{1};
  const auto outcome = plane.relay(frame);
  EXPECT_EQ(outcome.verdict, Verdict::kForward);
  EXPECT_EQ(outcome.frame, expected);
}

TEST_F(RelayTest, AWrongUdpChecksumTeachesNothing) {
  auto frame = udp_frame(from_callee());
  frame.back() ^= std::byte{1};
  EXPECT_EQ(plane.relay(frame).verdict, Verdict::kBadUdpChecksum);
  plane.housekeep();
  EXPECT_TRUE(plane.learned.empty());
}

TEST_F(RelayTest, RtcpGoesBesideRtp) {
  auto spec = from_callee();
  spec.source_port = 4001;
  spec.destination_port = 35001;
  const auto outcome = plane.relay(udp_frame(spec));
  ASSERT_EQ(outcome.verdict, Verdict::kForward);
  const auto udp = load<UdpHeader>(outcome.frame.data() + udp_offset_of(outcome.frame));
  EXPECT_EQ(udp.source_port, be16(35003));
  EXPECT_EQ(udp.destination_port, be16(5001));
}

TEST_F(RelayTest, BothDirections) {
  const auto outcome = plane.relay(udp_frame(from_caller()));
  ASSERT_EQ(outcome.verdict, Verdict::kForward);
  const auto ip = load<Ipv4Header>(outcome.frame.data() + sizeof(EthernetHeader));
  const auto udp = load<UdpHeader>(outcome.frame.data() + udp_offset_of(outcome.frame));
  EXPECT_EQ(ip.destination, ipv4(kCallee));
  EXPECT_EQ(udp.source_port, be16(35000));
  EXPECT_EQ(udp.destination_port, be16(4000));
}

TEST_F(RelayTest, MediaFollowsTheSourceThatWasLearned) {
  auto spec = from_caller();
  spec.source_port = 5555;  // Behind NAT: not what was signalled.
  EXPECT_EQ(verdict(spec), "forward");
  plane.housekeep();
  const auto outcome = plane.relay(udp_frame(from_callee()));
  const auto udp = load<UdpHeader>(outcome.frame.data() + udp_offset_of(outcome.frame));
  EXPECT_EQ(udp.destination_port, be16(5555));
  ASSERT_EQ(plane.learned.size(), 1U);
  EXPECT_EQ(plane.learned[0].endpoint, at(kCaller, 5555));
  EXPECT_EQ(plane.learned[0].side, abi::Side::kCaller);
}

TEST_F(RelayTest, FarPartiesAreReachedThroughTheGateway) {
  wish.sides[1].signalled = at("203.0.113.7", 5000);
  ASSERT_EQ(plane.set(wish), abi::Status::kDone);
  const auto outcome = plane.relay(udp_frame(from_callee()));
  EXPECT_EQ(load<EthernetHeader>(outcome.frame.data()).destination, kGatewayMac);
}

TEST_F(RelayTest, TheSidesOfACallMayBeOnDifferentPorts) {
  constexpr MacAddress kInside{{0x02, 0, 0, 0, 1, 0x07}};
  plane.resolve("10.0.0.7", kInside, Plane::kLan);
  wish.sides[1].local_address = 2;
  wish.sides[1].signalled = at("10.0.0.7", 5000);
  ASSERT_EQ(plane.set(wish), abi::Status::kDone);
  const auto inward = plane.relay(udp_frame(from_callee()));
  ASSERT_EQ(inward.verdict, Verdict::kForward);
  const auto ethernet = load<EthernetHeader>(inward.frame.data());
  EXPECT_EQ(ethernet.source, kLanMac);
  EXPECT_EQ(ethernet.destination, kInside);
  EXPECT_EQ(load<Ipv4Header>(inward.frame.data() + 14).source, ipv4("10.0.0.1"));

  auto spec = from_caller();
  spec.source_ip = "10.0.0.7";
  spec.destination_ip = "10.0.0.1";
  spec.destination_mac = kLanMac;
  const auto outward = plane.relay(udp_frame(spec), Plane::kLan);
  ASSERT_EQ(outward.verdict, Verdict::kForward);
  EXPECT_EQ(load<EthernetHeader>(outward.frame.data()).source, kRelayMac);
  EXPECT_EQ(load<Ipv4Header>(outward.frame.data() + 14).source, ipv4("198.18.0.1"));
}

TEST_F(RelayTest, AnAddressAnswersOnItsOwnPortOnly) {
  EXPECT_EQ(plane.relay(udp_frame(from_callee()), Plane::kLan).verdict, Verdict::kNotOurMac);
  auto spec = from_callee();
  spec.destination_mac = kLanMac;
  EXPECT_EQ(plane.relay(udp_frame(spec), Plane::kLan).verdict, Verdict::kNotOurAddress);
}

TEST_F(RelayTest, ANextHopWithoutMacGoesToTheHousekeeper) {
  wish.sides[1].signalled = at("198.18.0.99", 5000);
  ASSERT_EQ(plane.set(wish), abi::Status::kDone);
  EXPECT_EQ(verdict(from_callee()), "resolve");
}

TEST_F(RelayTest, NothingIsRelayedBeforeTheAnswer) {
  auto half = plane.session(4, 36000, at(kCallee, 4000), 0, at(kCaller, 5000));
  ASSERT_EQ(plane.set(half), abi::Status::kDone);
  auto spec = from_callee();
  spec.destination_port = 36000;
  EXPECT_EQ(verdict(spec), "session_incomplete");
  plane.housekeep();
  EXPECT_TRUE(plane.learned.empty());
  half.sides[1].udp_port = 36002;
  ASSERT_EQ(plane.set(half), abi::Status::kDone);
  EXPECT_EQ(verdict(spec), "forward");
}

TEST_F(RelayTest, APartyWithoutAddressIsLearnedThoughNothingCanBeSentYet) {
  ASSERT_EQ(plane.set(plane.session(4, 36000, {}, 36002, {})), abi::Status::kDone);
  auto spec = from_callee();
  spec.destination_port = 36000;
  EXPECT_EQ(verdict(spec), "no_destination");
  plane.housekeep();
  spec = from_caller();
  spec.destination_port = 36002;
  EXPECT_EQ(verdict(spec), "forward") << "to where the callee has spoken from";
}

TEST_F(RelayTest, StrangersGetNoMediaAndSoonNoHearing) {
  for (std::uint16_t i = 1; i <= 4; ++i) EXPECT_EQ(verdict(from_stranger(i)), "forward");
  plane.housekeep();
  const auto outcome = plane.relay(udp_frame(from_caller()));
  EXPECT_EQ(load<Ipv4Header>(outcome.frame.data() + 14).destination, ipv4(kCallee))
      << "media goes to the signalled address";
  EXPECT_EQ(verdict(from_callee()), "source_mismatch") << "until the housekeeper has heard of it";
  plane.housekeep();
  EXPECT_EQ(verdict(from_callee(2)), "forward");
  EXPECT_EQ(verdict(from_stranger(5)), "source_mismatch");
}

TEST_F(RelayTest, ALockedSourceIsTheOnlyOne) {
  lock(from_callee);
  for (std::uint16_t i = 1; i < 100; ++i) {
    ASSERT_EQ(verdict(from_stranger(i)), "source_mismatch");
    plane.housekeep();
  }
  EXPECT_EQ(verdict(from_callee(6)), "forward");
}

TEST_F(RelayTest, ANatThatReboundIsFollowed) {
  lock(from_callee);
  auto spec = from_callee(6);
  spec.source_ip = kStranger;
  EXPECT_EQ(verdict(spec), "relearning");
  plane.housekeep();
  spec.payload = rtp_payload(77, 7);
  EXPECT_EQ(verdict(spec), "forward");
}

TEST_F(RelayTest, ASprayerIsHeardNowhere) {
  for (std::uint16_t port = 40000; port < 40033; ++port) {
    auto spec = from_stranger();
    spec.destination_port = port;
    EXPECT_EQ(verdict(spec), "no_session");
  }
  EXPECT_EQ(verdict(from_stranger()), "spray");
  plane.housekeep(10 * kTicksPerSecond);
  EXPECT_EQ(verdict(from_stranger()), "forward");
}

TEST_F(RelayTest, TooBigForTheEgressIsDroppedByNameIfItMustNotBeSplit) {
  auto spec = from_callee();
  spec.must_not_be_split = true;
  spec.payload.assign(1472, std::byte{1});
  EXPECT_EQ(verdict(spec), "forward");
  spec.payload.assign(1473, std::byte{1});
  EXPECT_EQ(verdict(spec), "too_big");
  spec.must_not_be_split = false;
  EXPECT_EQ(verdict(spec), "split");
}

TEST_F(RelayTest, StatisticsCountWhatWasAccepted) {
  for (const std::uint16_t sequence : std::vector<std::uint16_t>{1, 2, 4}) {
    verdict(from_callee(sequence));
  }
  verdict(from_stranger());
  const auto& statistics = plane.shared().region.flow_statistics(
      abi::flow_index(3, abi::Side::kCallee, abi::Component::kRtp));
  EXPECT_EQ(statistics.packets.load(), 3U);
  EXPECT_EQ(statistics.bytes.load(), 3U * 172U);
  EXPECT_EQ(statistics.last_tick.load(), plane.now);
  EXPECT_EQ(statistics.dropped.load(), 0U);
  EXPECT_EQ(abi::packets_lost(statistics), 1U);
}

// A proxy has sent the call through the relay twice: session 3's callee is session 5's caller.
class SpiralTest : public RelayTest {
 protected:
  SpiralTest() {
    wish.sides[0].signalled = at("198.18.0.1", 36002);
    EXPECT_EQ(plane.set(wish), abi::Status::kDone);
    second = plane.session(5, 36000, at(kCallee, 4000), 36002, at("198.18.0.1", 35000));
    EXPECT_EQ(plane.set(second), abi::Status::kDone);
  }

  abi::Session second;
};

TEST_F(SpiralTest, MediaPassesInsideAndNeverOntoTheWire) {
  for (std::uint16_t sequence = 1; sequence < 20; ++sequence) {
    const auto outcome = plane.relay(udp_frame(from_caller(sequence)));
    plane.housekeep();
    ASSERT_EQ(name_of(outcome.verdict), "forward");
    const auto ip = load<Ipv4Header>(outcome.frame.data() + sizeof(EthernetHeader));
    const auto udp = load<UdpHeader>(outcome.frame.data() + udp_offset_of(outcome.frame));
    EXPECT_EQ(ip.destination, ipv4(kCallee));
    EXPECT_EQ(udp.source_port, be16(36000));
    EXPECT_EQ(udp.destination_port, be16(4000));
    auto sealed = outcome.frame;
    seal(sealed);
    EXPECT_EQ(sealed, outcome.frame) << "both checksums are right after two passes";
  }
}

TEST_F(SpiralTest, BothSessionsSeeTheirOwnPackets) {
  plane.relay(udp_frame(from_caller()));
  for (const std::uint32_t session : {3U, 5U}) {
    const auto flow = abi::flow_index(session, abi::Side::kCaller, abi::Component::kRtp);
    EXPECT_EQ(plane.shared().region.flow_statistics(flow).packets.load(), 1U);
  }
}

// Sessions 3 and 5 are each other's party on both sides and ask no port; session 7 lets a packet
// in.
TEST_F(SpiralTest, ALoopIsCut) {
  wish.sides[1].signalled = at("198.18.0.1", 36000);
  second.sides[0].signalled = at("198.18.0.1", 35002);
  for (auto* session : {&wish, &second}) {
    for (auto& side : session->sides) side.learning = abi::Learning::kAddress;
    ASSERT_EQ(plane.set(*session), abi::Status::kDone);
  }
  const auto entrance = plane.session(7, 37000, at("198.18.0.1", 35002), 37002, at(kCaller, 5000));
  ASSERT_EQ(plane.set(entrance), abi::Status::kDone);
  auto spec = from_caller();
  spec.destination_port = 37002;
  EXPECT_EQ(verdict(spec), "own_loop");
}

TEST_F(RelayTest, WhateverIsNotRtpPassesToo) {
  const std::vector<std::vector<std::byte>> payloads = {
      {},
      {std::byte{0}},
      std::vector<std::byte>(20, std::byte{0x00}),   // STUN
      std::vector<std::byte>(60, std::byte{0x16}),   // DTLS
      std::vector<std::byte>(11, std::byte{0x80})};  // RTP cut short
  for (const auto& payload : payloads) {
    auto spec = from_callee();
    spec.payload = payload;
    EXPECT_EQ(verdict(spec), "forward");
  }
}

TEST_F(RelayTest, ARemovedSessionRelaysNothing) {
  ASSERT_EQ(plane.sessions().remove(wish.id, plane.now), abi::Status::kDone);
  EXPECT_EQ(verdict(from_callee()), "no_session");
}

}  // namespace
}  // namespace mediaplane::test
