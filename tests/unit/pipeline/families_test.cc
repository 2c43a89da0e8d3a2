// SPDX-License-Identifier: BSD-2-Clause
// Whole packets through sessions of every pair of families: every byte of what is sent, held
// against frames and checksums made from first principles (tests/support/frames.h).
#include <random>

#include <gtest/gtest.h>

#include "tests/support/plane.h"

namespace mediaplane::test {
namespace {

constexpr MacAddress kCalleeMac{{0x02, 0, 0, 0, 0, 0x10}};
constexpr MacAddress kCallerMac{{0x02, 0, 0, 0, 0, 0x20}};
constexpr MacAddress kGatewayMac{{0x02, 0, 0, 0, 0, 0xfe}};

// One side of a call: where its party is and at which of our addresses it arrives.
struct Place {
  const char* party;
  const char* ours;
  std::uint16_t index;
  std::uint16_t ethdev;
  MacAddress mac;
};
constexpr Place kWan4{"198.18.0.10", "198.18.0.1", 0, Plane::kWan, kRelayMac};
constexpr Place kLan4{"10.0.0.20", "10.0.0.1", 2, Plane::kLan, kLanMac};
constexpr Place kLan6{"2001:db8::10", "2001:db8::1", 3, Plane::kLan, kLanMac};
constexpr Place kOther6{"2001:db8:1::fffe:20", "2001:db8:1::1", 4, Plane::kLan, kLanMac};

struct Pair {
  const char* name;
  Place callee;
  Place caller;
};

class FamiliesTest : public testing::TestWithParam<Pair> {
 protected:
  explicit FamiliesTest(std::uint16_t mtu = 1500)
      : plane(mtu), callee(GetParam().callee), caller(GetParam().caller) {
    plane.resolve(callee.party, kCalleeMac, callee.ethdev);
    plane.resolve(caller.party, kCallerMac, caller.ethdev);
    plane.resolve("198.18.0.254", kGatewayMac);
    plane.resolve("fe80::fe", kGatewayMac, Plane::kLan);
    wish = plane.session(3, 35000, at(callee.party, 4000), 35002, at(caller.party, 5000));
    wish.sides[0].local_address = callee.index;
    wish.sides[1].local_address = caller.index;
    EXPECT_EQ(plane.set(wish), abi::Status::kDone);
  }

  UdpSpec from_callee(std::vector<std::byte> payload = rtp_payload(77, 1)) const {
    UdpSpec spec;
    spec.source_ip = callee.party;
    spec.destination_ip = callee.ours;
    spec.destination_mac = callee.mac;
    spec.payload = std::move(payload);
    return spec;
  }
  Outcome send(const UdpSpec& spec) { return plane.relay(udp_frame(spec), callee.ethdev); }
  std::string verdict(const UdpSpec& spec) { return std::string(name_of(send(spec).verdict)); }
  bool enters_as_ipv6() const { return parse_ip(callee.ours)->family == IpFamily::kIpv6; }
  bool leaves_as_ipv6() const { return parse_ip(caller.ours)->family == IpFamily::kIpv6; }
  bool crosses() const { return enters_as_ipv6() != leaves_as_ipv6(); }
  std::size_t longest() const { return 1500 - (leaves_as_ipv6() ? 48 : 28); }

  // What a datagram of the callee has to become.
  Frame expected_at_caller(const UdpSpec& in, std::uint16_t ip_id) const {
    UdpSpec out = in;
    out.source_mac = caller.mac;
    out.destination_mac = kCallerMac;
    out.source_ip = caller.ours;
    out.source_port = 35002;
    out.destination_ip = caller.party;
    out.destination_port = 5000;
    out.ip_options = 0;
    out.must_not_be_split = false;
    out.udp_checksum = in.udp_checksum || leaves_as_ipv6();
    auto frame = udp_frame(out);
    if (leaves_as_ipv6()) {
      auto ip = load<Ipv6Header>(frame.data() + kIpAt);
      ip.version_class_flow = be32(0x6b800000);
      ip.hop_limit = 64;
      store(frame.data() + kIpAt, ip);
    } else {
      auto ip = load<Ipv4Header>(frame.data() + kIpAt);
      ip.tos = 0xb8;
      ip.ttl = 64;
      ip.id = be16(ip_id);
      store(frame.data() + kIpAt, ip);
    }
    seal(frame, out.udp_checksum);
    return frame;
  }

  Plane plane;
  Place callee;
  Place caller;
  abi::Session wish;
};

TEST_P(FamiliesTest, EveryByteIsAsItMustBe) {
  std::mt19937 chance(20260101);
  const std::vector<bool> checksums =
      enters_as_ipv6() ? std::vector{true} : std::vector{true, false};
  for (int i = 0; i < 3000; ++i) {
    std::vector<std::byte> payload(chance() % (std::min(longest(), std::size_t{1400}) + 1));
    for (auto& byte : payload) byte = static_cast<std::byte>(chance());
    auto spec = from_callee(std::move(payload));
    spec.udp_checksum = checksums[chance() % checksums.size()];
    spec.ip_options = (chance() % 3) * (enters_as_ipv6() ? 8 : 4);
    const auto id = plane.worker().next_ip_id;
    const auto outcome = send(spec);
    ASSERT_EQ(name_of(outcome.verdict), "forward");
    ASSERT_EQ(outcome.frame, expected_at_caller(spec, id))
        << "packet " << i << ", " << spec.payload.size() << " bytes";
    plane.housekeep(0);
  }
}

// A checksum that comes out as zero is sent as 0xffff, whatever family it was made in.
TEST_P(FamiliesTest, EveryChecksumComesOutRight) {
  for (unsigned value = 0; value < 0x10000; value += 3) {
    auto spec = from_callee(std::vector<std::byte>(2));
    store(spec.payload.data(), be16(static_cast<std::uint16_t>(value)));
    const auto frame = send(spec).frame;
    ASSERT_FALSE(frame.empty());
    const auto checksum = load<UdpHeader>(frame.data() + udp_offset_of(frame)).checksum;
    ASSERT_NE(checksum.raw, 0) << value;
    ASSERT_EQ(checksum, oracle_udp_checksum(frame)) << value;
  }
}

// In IPv6 only the sender splits packets.
TEST_P(FamiliesTest, WhatTheEgressCannotCarryIsSplitOrDroppedByName) {
  for (const std::size_t size : {std::size_t{0}, longest(), longest() + 1, std::size_t{1473}}) {
    for (const bool must_not_be_split : {true, false}) {
      auto spec = from_callee(std::vector<std::byte>(size, std::byte{7}));
      spec.must_not_be_split = must_not_be_split;
      const auto* too_big = must_not_be_split || enters_as_ipv6() ? "too_big" : "split";
      EXPECT_EQ(name_of(send(spec).verdict), size <= longest() ? "forward" : too_big) << size;
    }
  }
}

// Carried on in the same family, refused across.
TEST_P(FamiliesTest, AWrongChecksumNeverBecomesRight) {
  for (std::uint16_t sequence = 1; sequence < 6; ++sequence) {
    EXPECT_EQ(verdict(from_callee(rtp_payload(77, sequence))), "forward");
    plane.housekeep();
  }
  auto frame = udp_frame(from_callee(rtp_payload(77, 6)));
  frame.back() ^= std::byte{1};
  const auto outcome = plane.relay(frame, callee.ethdev);
  ASSERT_EQ(name_of(outcome.verdict), crosses() ? "bad_udp_checksum" : "forward");
  if (crosses()) return;
  const auto checksum =
      load<UdpHeader>(outcome.frame.data() + udp_offset_of(outcome.frame)).checksum;
  EXPECT_NE(checksum, oracle_udp_checksum(outcome.frame));
}

TEST_P(FamiliesTest, MediaFollowsTheSourceThatWasLearned) {
  auto spec = from_callee();
  spec.source_port = 4444;  // Behind NAT: not what was signalled.
  EXPECT_EQ(verdict(spec), "forward");
  plane.housekeep();
  ASSERT_EQ(plane.learned.size(), 1U);
  EXPECT_EQ(plane.learned[0].endpoint, at(callee.party, 4444));
  UdpSpec back;
  back.source_ip = caller.party;
  back.destination_ip = caller.ours;
  back.destination_mac = caller.mac;
  back.source_port = 5000;
  back.destination_port = 35002;
  const auto outcome = plane.relay(udp_frame(back), caller.ethdev);
  ASSERT_EQ(name_of(outcome.verdict), "forward");
  const auto udp = load<UdpHeader>(outcome.frame.data() + udp_offset_of(outcome.frame));
  EXPECT_EQ(udp.destination_port, be16(4444));
}

TEST_P(FamiliesTest, ALockedSourceIsTheOnlyOne) {
  for (std::uint16_t sequence = 1; sequence < 6; ++sequence) {
    EXPECT_EQ(verdict(from_callee(rtp_payload(77, sequence))), "forward");
    plane.housekeep();
  }
  auto spec = from_callee(rtp_payload(99, 1));
  spec.source_ip = enters_as_ipv6() ? "2001:db8:6::66" : "203.0.113.66";
  EXPECT_EQ(verdict(spec), "source_mismatch");
  spec.source_ip = callee.party;
  spec.source_port = 4002;
  EXPECT_EQ(verdict(spec), "source_mismatch");
}

TEST_P(FamiliesTest, ASprayerIsHeardNowhere) {
  auto spec = from_callee();
  spec.source_ip = enters_as_ipv6() ? "2001:db8:6::66" : "203.0.113.66";
  for (std::uint16_t port = 40000; port < 40033; ++port) {
    spec.destination_port = port;
    EXPECT_EQ(verdict(spec), "no_session");
  }
  spec.destination_port = 35000;
  if (enters_as_ipv6()) spec.source_ip = "2001:db8:6::67:1";  // Of the same network.
  EXPECT_EQ(verdict(spec), "spray");
}

TEST_P(FamiliesTest, FarPartiesAreReachedThroughTheGateway) {
  wish.sides[1].signalled = at(leaves_as_ipv6() ? "2001:db8:9::7" : "203.0.113.7", 5000);
  ASSERT_EQ(plane.set(wish), abi::Status::kDone);
  const auto outcome = send(from_callee());
  if (caller.ethdev == Plane::kLan && !leaves_as_ipv6()) {
    EXPECT_EQ(name_of(outcome.verdict), "unresolved") << "the port has no IPv4 gateway";
    return;
  }
  ASSERT_EQ(name_of(outcome.verdict), "forward");
  EXPECT_EQ(load<EthernetHeader>(outcome.frame.data()).destination, kGatewayMac);
}

TEST_P(FamiliesTest, AnAddressOfTheOtherFamilyIsNoDestination) {
  wish.sides[1].signalled = at(leaves_as_ipv6() ? "198.18.0.20" : "2001:db8::20", 5000);
  ASSERT_EQ(plane.set(wish), abi::Status::kDone);
  EXPECT_EQ(verdict(from_callee()), "no_destination");
}

TEST_P(FamiliesTest, ASignalledSourceOfTheOtherFamilyMayNotSend) {
  wish.sides[0].learning = abi::Learning::kSignalled;
  wish.sides[0].signalled = at(enters_as_ipv6() ? "198.18.0.10" : "2001:db8::10", 4000);
  ASSERT_EQ(plane.set(wish), abi::Status::kDone);
  EXPECT_EQ(verdict(from_callee()), "source_mismatch");
  auto spec = from_callee();  // Nor who begins with the same bytes.
  spec.source_ip = enters_as_ipv6() ? "c612:a::" : "32.1.13.184";
  EXPECT_EQ(verdict(spec), "source_mismatch");
}

TEST_P(FamiliesTest, PaddingBehindTheDatagramIsCut) {
  auto spec = from_callee(std::vector<std::byte>(4, std::byte{1}));
  auto frame = udp_frame(spec);
  frame.resize(frame.size() + 9, std::byte{0xee});
  const auto id = plane.worker().next_ip_id;
  EXPECT_EQ(plane.relay(frame, callee.ethdev).frame, expected_at_caller(spec, id));
}

// A proxy has sent the call through the relay twice: what leaves session 3 enters session 5 at one
// of our own addresses of the caller's family, and leaves it to the caller again.
TEST_P(FamiliesTest, ASpiralPassesInsideInWhateverFamilies) {
  for (const auto& inner : {kWan4, kLan6}) {
    SCOPED_TRACE(inner.ours);
    auto first = wish;
    first.sides[1].local_address = inner.index;
    first.sides[1].signalled = at(inner.ours, 36000);
    ASSERT_EQ(plane.set(first), abi::Status::kDone);
    auto second = plane.session(5, 36000, at(inner.ours, 35002), 36002, at(caller.party, 5000));
    second.sides[0].local_address = inner.index;
    second.sides[1].local_address = caller.index;
    ASSERT_EQ(plane.set(second), abi::Status::kDone);
    for (const bool udp_checksum : {true, false}) {
      if (enters_as_ipv6() && !udp_checksum) continue;
      auto spec = from_callee(rtp_payload(77, 9));
      spec.udp_checksum = udp_checksum;
      const auto outcome = send(spec);
      ASSERT_EQ(name_of(outcome.verdict), "forward");
      auto sealed = outcome.frame;
      const auto checksum = load<UdpHeader>(sealed.data() + udp_offset_of(sealed)).checksum;
      EXPECT_TRUE(udp_checksum || checksum.raw == 0 || is_ipv6(sealed) ||
                  parse_ip(inner.ours)->family == IpFamily::kIpv6);
      seal(sealed, checksum.raw != 0);
      EXPECT_EQ(sealed, outcome.frame) << "all checksums are right after two passes";
      EXPECT_EQ(is_ipv6(outcome.frame), leaves_as_ipv6());
      const auto* payload = sealed.data() + udp_offset_of(sealed) + sizeof(UdpHeader);
      EXPECT_TRUE(std::equal(spec.payload.begin(), spec.payload.end(), payload));
    }
    plane.sessions().remove(second.id, plane.now);
  }
}

class JumboTest : public FamiliesTest {
 protected:
  JumboTest() : FamiliesTest(9000) {}
};

TEST_P(JumboTest, LongPacketsPassWhole) {
  const std::size_t most = 9000 - (leaves_as_ipv6() ? 48 : 28);
  for (const std::size_t size : {std::size_t{1473}, std::size_t{4001}, most, most + 1}) {
    std::vector<std::byte> payload(size);
    for (std::size_t i = 0; i < size; ++i) payload[i] = static_cast<std::byte>(i * 7);
    auto spec = from_callee(std::move(payload));
    spec.must_not_be_split = true;
    const auto id = plane.worker().next_ip_id;
    const auto outcome = send(spec);
    ASSERT_EQ(name_of(outcome.verdict), size <= most ? "forward" : "too_big") << size;
    if (size > most) continue;
    EXPECT_EQ(outcome.frame, expected_at_caller(spec, id)) << size;
  }
}

const auto kPairs =
    testing::Values(Pair{"Ipv4ToIpv4", kWan4, kLan4}, Pair{"Ipv4ToIpv6", kWan4, kLan6},
                    Pair{"Ipv6ToIpv4", kLan6, kWan4}, Pair{"Ipv6ToIpv6", kLan6, kOther6});
std::string name_of_pair(const testing::TestParamInfo<Pair>& row) { return row.param.name; }

INSTANTIATE_TEST_SUITE_P(, FamiliesTest, kPairs, name_of_pair);
INSTANTIATE_TEST_SUITE_P(, JumboTest, kPairs, name_of_pair);

}  // namespace
}  // namespace mediaplane::test
