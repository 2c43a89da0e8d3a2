// SPDX-License-Identifier: BSD-2-Clause
#include "dataplane/housekeeper/arp.h"

#include <array>
#include <functional>

#include <gtest/gtest.h>

namespace mediaplane {
namespace {

constexpr MacAddress kUs{{0x02, 0, 0, 0, 0, 1}};
constexpr MacAddress kThem{{0x02, 0, 0, 0, 0, 2}};
constexpr Be32 kOurIp{0x010012c6};
constexpr Be32 kTheirIp{0x020012c6};

using Frame = std::array<std::byte, kArpFrameBytes>;

Frame question() {
  Frame frame;
  write_arp(frame.data(), kArpRequest, {kThem, kTheirIp}, {{}, kOurIp}, kBroadcastMac);
  return frame;
}

TEST(Arp, WhatIsWrittenIsRead) {
  const auto frame = question();
  const auto arp = read_arp(frame);
  ASSERT_TRUE(arp);
  EXPECT_EQ(arp->operation, be16(kArpRequest));
  EXPECT_EQ(arp->sender_mac, kThem);
  EXPECT_EQ(arp->sender_ip, kTheirIp);
  EXPECT_EQ(arp->target_ip, kOurIp);
  EXPECT_EQ(load<EthernetHeader>(frame.data()).destination, kBroadcastMac);
}

struct Row {
  const char* name;
  std::function<void(ArpPacket&)> edit;
};

TEST(Arp, WhatRfc826DoesNotAllowIsRefused) {
  const Row rows[] = {
      {"hardware type", [](auto& a) { a.hardware_type = be16(2); }},
      {"protocol type", [](auto& a) { a.protocol_type = be16(0x86dd); }},
      {"hardware length", [](auto& a) { a.hardware_length = 8; }},
      {"protocol length", [](auto& a) { a.protocol_length = 16; }},
      {"operation 0", [](auto& a) { a.operation = be16(0); }},
      {"operation 3", [](auto& a) { a.operation = be16(3); }},
      {"operation 65535", [](auto& a) { a.operation = be16(65535); }},
      {"sender is not who sent the frame", [](auto& a) { a.sender_mac = kUs; }},
      {"sender multicast IP", [](auto& a) { a.sender_ip = be32(0xe0000001); }},
      {"sender broadcast IP", [](auto& a) { a.sender_ip = be32(0xffffffff); }},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.name);
    auto frame = question();
    auto arp = load<ArpPacket>(frame.data() + sizeof(EthernetHeader));
    row.edit(arp);
    store(frame.data() + sizeof(EthernetHeader), arp);
    EXPECT_FALSE(read_arp(frame));
  }
}

TEST(Arp, SenderMacMustBeAStations) {
  for (const MacAddress& mac : {MacAddress{{1, 0, 0, 0, 0, 1}}, MacAddress{{}}}) {
    Frame frame;
    write_arp(frame.data(), kArpRequest, {mac, kTheirIp}, {{}, kOurIp}, kBroadcastMac);
    EXPECT_FALSE(read_arp(frame));
  }
}

TEST(Arp, ShortFramesAreRefused) {
  const auto frame = question();
  for (std::size_t length = 0; length < frame.size(); ++length) {
    EXPECT_FALSE(read_arp(std::span(frame).first(length))) << length;
  }
}

}  // namespace
}  // namespace mediaplane
