// SPDX-License-Identifier: BSD-2-Clause
#include "dataplane/housekeeper/icmp6.h"

#include <gtest/gtest.h>

#include "tests/support/frames.h"

namespace mediaplane::test {
namespace {

constexpr std::size_t kMessageAt = kIpAt + sizeof(Ipv6Header);

TEST(Icmp6, AnEchoRequestIsAnsweredInPlaceWithoutItsExtensionHeaders) {
  for (const std::size_t extension : {0, 8, 64}) {
    for (const std::size_t data : {0, 1, 56, 1400}) {
      UdpSpec spec;
      spec.source_ip = "fe80::10";
      spec.destination_ip = "2001:db8::1";
      spec.ip_options = extension;
      auto frame = echo6_frame(spec, data);
      const auto reading = read_icmp6(frame);
      ASSERT_EQ(reading.verdict, Verdict::kPunt);
      frame.resize(answer_echo6(frame, reading));

      std::swap(spec.source_ip, spec.destination_ip);
      std::swap(spec.source_mac, spec.destination_mac);
      spec.ip_options = 0;
      auto expected = echo6_frame(spec, data);
      expected[kMessageAt] = std::byte{kIcmp6EchoReply};
      auto ip = load<Ipv6Header>(expected.data() + kIpAt);
      ip.version_class_flow = version_and_class(0);
      ip.hop_limit = 64;
      store(expected.data() + kIpAt, ip);
      seal_icmp6(expected, kMessageAt);
      EXPECT_EQ(frame, expected) << data << " behind " << extension;
    }
  }
}

TEST(Icmp6, PaddingIsNotAnswered) {
  auto frame = echo6_frame({}, 0);
  const auto length = frame.size();
  frame.resize(80, std::byte{0xee});
  EXPECT_EQ(answer_echo6(frame, read_icmp6(frame)), length);
}

TEST(Icmp6, LyingLengthsAreRefusedBeforeTheySumAnything) {
  for (const unsigned length : {0U, 1U, 7U, 17U, 65535U}) {
    auto frame = echo6_frame({}, 8);
    auto ip = load<Ipv6Header>(frame.data() + kIpAt);
    ip.payload_length = be16(static_cast<std::uint16_t>(length));
    store(frame.data() + kIpAt, ip);
    EXPECT_EQ(read_icmp6(frame).verdict, Verdict::kBadIcmp) << length;
  }
  const auto frame = echo6_frame({}, 8);
  for (std::size_t length = 0; length < frame.size(); ++length) {
    const Frame cut(frame.begin(), frame.begin() + static_cast<std::ptrdiff_t>(length));
    EXPECT_EQ(read_icmp6(cut).verdict, Verdict::kBadIcmp) << length;
  }
}

TEST(Icmp6, AWrongChecksumIsRefused) {
  auto frame = echo6_frame({}, 8);
  frame.back() ^= std::byte{1};
  EXPECT_EQ(read_icmp6(frame).verdict, Verdict::kBadIcmp);
}

TEST(Icmp6, WhatWeDoNotServeIsNamed) {
  // Errors, echo replies, multicast listeners, routers, redirects.
  for (const unsigned type : {1U, 2U, 129U, 130U, 133U, 134U, 137U, 143U}) {
    auto frame = echo6_frame({}, 24);
    frame[kMessageAt] = static_cast<std::byte>(type);
    seal_icmp6(frame, kMessageAt);
    EXPECT_EQ(read_icmp6(frame).verdict, Verdict::kNotForSlowPath) << type;
  }
  auto frame = echo6_frame({}, 8);
  frame[kMessageAt + 1] = std::byte{1};
  seal_icmp6(frame, kMessageAt);
  EXPECT_EQ(read_icmp6(frame).verdict, Verdict::kNotForSlowPath);
}

}  // namespace
}  // namespace mediaplane::test
