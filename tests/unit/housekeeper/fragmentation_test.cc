// SPDX-License-Identifier: BSD-2-Clause
#include "dataplane/housekeeper/fragmentation.h"

#include <gtest/gtest.h>

#include "tests/support/fragment_frames.h"

namespace mediaplane::test {
namespace {

struct Case {
  std::size_t payload;
  std::uint16_t mtu;
  std::size_t count4;
  std::size_t count6;
};

// An IPv4 packet has 28 bytes of headers, an IPv6 packet 48; a fragment of them 20 and 48 around
// bytes of the datagram, a multiple of 8.
const Case kCases[] = {
    {1473, 1500, 2, 2}, {2000, 1500, 2, 2}, {2952, 1500, 2, 3}, {2953, 1500, 3, 3},
    {9216, 1500, 7, 7}, {9216, 1280, 8, 8}, {1280, 1280, 2, 2}, {3000, 9000, 1, 1},
};

Frame packet(const Case& row, bool ipv6) {
  UdpSpec spec;
  if (ipv6) {
    spec.source_ip = "2001:db8::1";
    spec.destination_ip = "2001:db8::10";
  }
  spec.payload.resize(row.payload);
  for (std::size_t i = 0; i < row.payload; ++i) spec.payload[i] = static_cast<std::byte>(i * 11);
  return udp_frame(spec);
}

std::vector<Frame> cut(const Frame& whole, std::uint16_t mtu, std::uint32_t id) {
  const Fragmentation fragmentation(whole, mtu, id);
  std::vector<Frame> frames;
  for (std::size_t i = 0; i < fragmentation.count(); ++i) {
    Frame frame(mtu + sizeof(EthernetHeader));
    frame.resize(fragmentation.write(i, frame.data()));
    frames.push_back(frame);
  }
  return frames;
}

TEST(Fragmentation, PiecesFitAndAreTheWhole) {
  for (const auto& row : kCases) {
    for (const bool ipv6 : {false, true}) {
      SCOPED_TRACE(testing::Message() << row.payload << " in " << row.mtu << (ipv6 ? " v6" : ""));
      const auto whole = packet(row, ipv6);
      const auto frames = cut(whole, row.mtu, ipv6 ? 0x12345678 : 0x4321);
      EXPECT_EQ(frames.size(), ipv6 ? row.count6 : row.count4);
      for (const auto& frame : frames) {
        EXPECT_LE(frame.size(), row.mtu + sizeof(EthernetHeader));
        if (frames.size() > 1) {
          EXPECT_EQ(read_sent(frame)->id, ipv6 ? 0x12345678U : 0x4321U);
        }
        if (!ipv6) {
          EXPECT_EQ(oracle_checksum(slice(frame, kIpAt, kIpAt + 20)), 0);
        }
      }
      if (frames.size() == 1) continue;
      auto expected = whole;
      if (!ipv6) store(expected.data() + kIpAt + 4, be16(0x4321));
      if (!ipv6) seal_ipv4(expected);
      EXPECT_EQ(joined(frames), expected);
    }
  }
}

TEST(Fragmentation, TheLeastMtuMakesPiecesThatFit) {
  const auto whole = packet({9216, 576, 17, 0}, false);
  const auto frames = cut(whole, 576, 1);
  EXPECT_EQ(frames.size(), 17U);
  for (const auto& frame : frames) EXPECT_LE(frame.size(), 576 + sizeof(EthernetHeader));
  EXPECT_TRUE(joined(frames));
}

}  // namespace
}  // namespace mediaplane::test
