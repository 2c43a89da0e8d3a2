// SPDX-License-Identifier: BSD-2-Clause
// Both formats, against bytes written down by hand and checksums added up again.
#include "controlplane/media/recording_format.h"

#include <bit>
#include <cstring>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "dataplane/net/checksum.h"

namespace mediaplane {
namespace {

using Bytes = std::vector<std::uint8_t>;

Bytes bytes_of(std::span<const std::byte> span) {
  Bytes bytes(span.size());
  std::memcpy(bytes.data(), span.data(), span.size());
  return bytes;
}

Endpoint endpoint(const char* ip, std::uint16_t udp_port) { return {*parse_ip(ip), udp_port}; }

RecordedPacket packet_of(const Endpoint& source, const Endpoint& destination,
                         std::span<const std::byte> payload) {
  return {1234567890'250000, source, destination, payload};
}

const std::vector<std::byte> kPayload = {std::byte{0x80}, std::byte{0x08}, std::byte{0x01}};

TEST(AdHoc, HeadOfAnIpv4Packet) {
  const auto head =
      ad_hoc_head(packet_of(endpoint("192.0.2.1", 4000), endpoint("192.0.2.9", 35000), kPayload));
  // 1234567890.25 as a double.
  EXPECT_EQ(bytes_of(head.bytes()),
            (Bytes{2, 0, 0x0f, 0xa0, 192, 0,    2,    1,    0,    0,    0,    0,    0,    0, 0,
                   0, 0, 0,    0,    0,   0x00, 0x00, 0x90, 0xb4, 0x80, 0x65, 0xd2, 0x41, 3, 0}));
}

TEST(AdHoc, HeadOfAnIpv6Packet) {
  const auto head = ad_hoc_head(
      packet_of(endpoint("2001:db8::1", 4001), endpoint("2001:db8::9", 35001), kPayload));
  EXPECT_EQ(bytes_of(head.bytes()),
            (Bytes{10, 0, 0x0f, 0xa1, 0x20, 0x01, 0x0d, 0xb8, 0,    0,    0,    0,    0,    0, 0,
                   0,  0, 0,    0,    1,    0x00, 0x00, 0x90, 0xb4, 0x80, 0x65, 0xd2, 0x41, 3, 0}));
}

TEST(Pcap, HeadOfTheFile) {
  EXPECT_EQ(bytes_of(pcap_file_head().bytes()),
            (Bytes{0xd4, 0xc3, 0xb2, 0xa1, 2,    0,    4, 0, 0, 0, 0, 0,
                   0,    0,    0,    0,    0xff, 0xff, 0, 0, 1, 0, 0, 0}));
}

TEST(Pcap, HeadOfAnIpv4Packet) {
  const auto head =
      pcap_head(packet_of(endpoint("192.0.2.1", 4000), endpoint("192.0.2.9", 35000), kPayload));
  EXPECT_EQ(bytes_of(head.bytes()),
            (Bytes{// 1234567890 s, 250000 us, 45 bytes of 45
                   0xd2, 0x02, 0x96, 0x49, 0x90, 0xd0, 0x03, 0x00, 45, 0, 0, 0, 45, 0, 0, 0,
                   // Ethernet
                   0x02, 0x00, 192, 0, 2, 9, 0x02, 0x00, 192, 0, 2, 1, 0x08, 0x00,
                   // IPv4, 31 bytes, as Scapy makes it
                   0x45, 0x00, 0x00, 31, 0, 0, 0, 0, 64, 17, 0xf6, 0xc3, 192, 0, 2, 1, 192, 0, 2, 9,
                   // UDP, 11 bytes
                   0x0f, 0xa0, 0x88, 0xb8, 0, 11, 0x62, 0x6c}));
}

// Frames of any size and content have checksums that add up.
TEST(Pcap, ChecksumsAreRight) {
  std::mt19937 random(1);
  for (int i = 0; i < 20000; ++i) {
    std::vector<std::byte> payload(random() % 300);
    for (auto& byte : payload) byte = static_cast<std::byte>(random());
    const bool is_ipv4 = i % 2 == 0;
    const auto address = [&] {
      IpAddress ip;
      ip.family = is_ipv4 ? IpFamily::kIpv4 : IpFamily::kIpv6;
      for (std::size_t b = 0; b < (is_ipv4 ? 4U : 16U); ++b) {
        ip.bytes[b] = static_cast<std::uint8_t>(random());
      }
      return Endpoint{ip, static_cast<std::uint16_t>(random())};
    };
    const auto packet = packet_of(address(), address(), payload);
    const auto head = pcap_head(packet);
    const auto ip_length = is_ipv4 ? 20U : 40U;
    ASSERT_EQ(head.bytes().size(), 16 + 14 + ip_length + 8);
    if (is_ipv4) {
      ASSERT_TRUE(is_checksum_right(sum_of(head.bytes().subspan(30, 20))));
    }
    const auto udp = head.bytes().subspan(30 + ip_length);
    const auto addresses = sum_of(head.bytes().subspan(is_ipv4 ? 42 : 38, is_ipv4 ? 8 : 32));
    const auto length = static_cast<std::uint32_t>(8 + payload.size());
    ASSERT_TRUE(is_checksum_right(pseudo_header_sum(addresses, 17, length) + sum_of(udp) +
                                  sum_of(payload)));
    ASSERT_NE(load<std::uint16_t>(udp.data() + 6), 0);
  }
}

}  // namespace
}  // namespace mediaplane
