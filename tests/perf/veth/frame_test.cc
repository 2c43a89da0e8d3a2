// SPDX-License-Identifier: BSD-2-Clause
#include "tests/perf/veth/frame.h"

#include <gtest/gtest.h>

#include "tests/support/frames.h"

namespace mediaplane::veth {
namespace {

RtpFrame frame_to(std::uint16_t port) {
  return RtpFrame({test::kPhoneMac, test::kRelayMac, test::ipv4("198.18.1.10"), be16(10000),
                   test::ipv4("198.18.1.1"), be16(port)},
                  0x1234);
}

TEST(LoadFrame, EveryPacketOfTheStreamHasRightChecksums) {
  auto frame = frame_to(35000);
  std::uint64_t time = 0x1234'5678'9abc'def0;
  for (int i = 0; i < 100000; ++i, time += 0x10'0001'0003) {
    const auto bytes = frame.next(time);
    const test::Frame copy(bytes.begin(), bytes.end());
    const auto udp = load<UdpHeader>(copy.data() + test::udp_offset_of(copy));
    ASSERT_EQ(udp.checksum, test::oracle_udp_checksum(copy)) << i;
    ASSERT_EQ(sending_time(copy), time);
  }
}

TEST(LoadFrame, PacketsAreOneRtpStream) {
  auto frame = frame_to(35000);
  for (std::uint16_t i = 0; i < 3; ++i) {
    const auto bytes = frame.next(1);
    const auto* rtp = parse_rtp(std::span<const std::byte>(bytes).subspan(14 + 20 + 8));
    ASSERT_NE(rtp, nullptr);
    EXPECT_EQ(rtp->sequence.host(), i);
    EXPECT_EQ(rtp->timestamp.host(), 160U * i);
    EXPECT_EQ(rtp->ssrc.host(), 0x1234U);
  }
}

TEST(LoadFrame, TheFramesOfOthersHaveNoTime) {
  auto frame = frame_to(35000);
  const auto bytes = frame.next(1);
  test::Frame other(bytes.begin(), bytes.end());
  EXPECT_EQ(sending_time(std::span(other).first(60)), std::nullopt);
  other[14 + 20 + 8 + 12] ^= std::byte{1};
  EXPECT_EQ(sending_time(other), std::nullopt);
}

}  // namespace
}  // namespace mediaplane::veth
