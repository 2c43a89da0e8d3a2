// SPDX-License-Identifier: BSD-2-Clause
#include "dataplane/housekeeper/icmp.h"

#include <gtest/gtest.h>

#include "tests/support/frames.h"

namespace mediaplane::test {
namespace {

constexpr std::size_t kIp = sizeof(EthernetHeader);

void set_icmp_checksum(Frame& frame, std::size_t at) {
  auto icmp = load<IcmpHeader>(frame.data() + at);
  icmp.checksum = Be16{0};
  store(frame.data() + at, icmp);
  icmp.checksum = checksum_of(sum_of(std::span<const std::byte>(frame).subspan(at)));
  store(frame.data() + at, icmp);
}

// An echo request with `data` bytes behind the ICMP header.
Frame ping(std::size_t data, std::uint8_t type = kIcmpEchoRequest, std::uint8_t code = 0) {
  UdpSpec spec;
  spec.payload.assign(data, std::byte{0x3c});
  auto frame = udp_frame(spec);
  auto ip = load<Ipv4Header>(frame.data() + kIp);
  ip.protocol = kProtocolIcmp;
  ip.checksum = Be16{0};
  store(frame.data() + kIp, ip);
  ip.checksum = checksum_of(sum_of(std::span<const std::byte>(frame).subspan(kIp, 20)));
  store(frame.data() + kIp, ip);
  store(frame.data() + kIp + 20, IcmpHeader{type, code, Be16{0}, be16(7), be16(9)});
  set_icmp_checksum(frame, kIp + 20);
  return frame;
}

TEST(Icmp, AnEchoRequestIsAnsweredInPlace) {
  for (const std::size_t data : {0, 1, 56, 1472}) {
    auto frame = ping(data);
    const auto reading = read_icmp(frame);
    ASSERT_EQ(reading.verdict, Verdict::kPunt);
    EXPECT_EQ(answer_echo(frame, reading), frame.size());
    auto expected = ping(data, kIcmpEchoReply);
    const auto ip = load<Ipv4Header>(frame.data() + kIp);
    EXPECT_EQ(ip.source, ipv4("198.18.0.1"));
    EXPECT_EQ(ip.destination, ipv4("198.18.0.10"));
    EXPECT_EQ(ip.ttl, 64);
    EXPECT_TRUE(is_checksum_right(sum_of(std::span<const std::byte>(frame).subspan(kIp, 20))));
    EXPECT_TRUE(std::equal(frame.begin() + kIp + 20, frame.end(), expected.begin() + kIp + 20));
    EXPECT_EQ(load<EthernetHeader>(frame.data()).destination, kPhoneMac);
  }
}

TEST(Icmp, PaddingIsNotAnswered) {
  auto frame = ping(4);
  const auto length = frame.size();
  frame.resize(60);
  EXPECT_EQ(answer_echo(frame, read_icmp(frame)), length);
}

TEST(Icmp, LyingLengthsAreRefusedBeforeTheySumAnything) {
  for (const unsigned total : {20U, 21U, 27U, 200U, 65535U}) {
    auto frame = ping(8);
    auto ip = load<Ipv4Header>(frame.data() + kIp);
    ip.total_length = be16(static_cast<std::uint16_t>(total));
    store(frame.data() + kIp, ip);
    EXPECT_EQ(read_icmp(frame).verdict, Verdict::kBadIcmp) << total;
  }
}

TEST(Icmp, AWrongChecksumIsRefused) {
  auto frame = ping(8);
  frame.back() ^= std::byte{1};
  EXPECT_EQ(read_icmp(frame).verdict, Verdict::kBadIcmp);
}

TEST(Icmp, OnlyEchoRequestsAreOurs) {
  for (const unsigned type : {0U, 3U, 5U, 11U, 13U, 17U}) {
    EXPECT_EQ(read_icmp(ping(28, static_cast<std::uint8_t>(type))).verdict,
              Verdict::kNotForSlowPath);
  }
  EXPECT_EQ(read_icmp(ping(8, kIcmpEchoRequest, 1)).verdict, Verdict::kNotForSlowPath);
}

}  // namespace
}  // namespace mediaplane::test
