// SPDX-License-Identifier: BSD-2-Clause
#include "dataplane/housekeeper/nd.h"

#include <functional>

#include <gtest/gtest.h>

#include "tests/support/frames.h"

namespace mediaplane::test {
namespace {

constexpr std::size_t kMessageAt = kIpAt + sizeof(Ipv6Header);
constexpr std::size_t kOptionAt = kMessageAt + sizeof(NeighbourDiscoveryHeader);
const Station kUs{kRelayMac, *parse_ip("2001:db8::1")};
const Station kPhone{kPhoneMac, *parse_ip("2001:db8::ab:cdef")};

template <typename Write>
Frame written(Write write) {
  Frame frame(kMaxNdFrameBytes);
  frame.resize(write(frame.data()));
  return frame;
}

Frame solicitation() {
  return written(
      [](std::byte* at) { return write_solicitation(at, kPhone, kUs.ip.bytes, nullptr); });
}
Frame advertisement() {
  return written([](std::byte* at) { return write_solicited_advertisement(at, kPhone, kUs); });
}
Frame probe() {
  return written([](std::byte* at) { return write_duplicate_probe(at, kUs); });
}

std::optional<Discovery> read(const Frame& frame) { return read_nd(frame, read_icmp6(frame)); }

// Every message is sound by an independent sum.
void expect_sound(const Frame& frame) {
  auto sealed = frame;
  seal_icmp6(sealed, kMessageAt);
  EXPECT_EQ(sealed, frame);
  EXPECT_EQ(load<Ipv6Header>(frame.data() + kIpAt).hop_limit, 255);
}

TEST(Nd, ASolicitationGoesToTheTargetsGroupOrToTheKnownMac) {
  const auto to_group =
      written([](std::byte* at) { return write_solicitation(at, kUs, kPhone.ip.bytes, nullptr); });
  expect_sound(to_group);
  EXPECT_EQ(to_string(IpAddress::from_ipv6(load<Ipv6Header>(to_group.data() + kIpAt).destination)),
            "ff02::1:ffab:cdef");
  EXPECT_EQ(to_string(load<EthernetHeader>(to_group.data()).destination), "33:33:ff:ab:cd:ef");
  const auto to_one = written(
      [](std::byte* at) { return write_solicitation(at, kUs, kPhone.ip.bytes, &kPhoneMac); });
  expect_sound(to_one);
  EXPECT_EQ(load<Ipv6Header>(to_one.data() + kIpAt).destination, kPhone.ip.bytes);
  EXPECT_EQ(load<EthernetHeader>(to_one.data()).destination, kPhoneMac);
  for (const auto& frame : {to_group, to_one}) {
    const auto nd = read(frame);
    ASSERT_TRUE(nd);
    EXPECT_TRUE(nd->asks);
    EXPECT_EQ(nd->sender.ip, kUs.ip);
    EXPECT_EQ(nd->sender.mac, kRelayMac);
    EXPECT_EQ(nd->target, kPhone.ip);
  }
}

TEST(Nd, AProbeIsFromNobodyAndTellsNoMac) {
  const auto frame = probe();
  expect_sound(frame);
  EXPECT_EQ(frame.size(), kOptionAt);
  const auto nd = read(frame);
  ASSERT_TRUE(nd);
  EXPECT_TRUE(nd->asks && nd->sender.ip.is_null());
  EXPECT_EQ(nd->target, kUs.ip);
}

TEST(Nd, AnAdvertisementTellsTheTargetsMac) {
  const auto answer = advertisement();
  expect_sound(answer);
  auto nd = read(answer);
  ASSERT_TRUE(nd);
  EXPECT_TRUE(nd->answers && !nd->asks);
  EXPECT_EQ(nd->sender.ip, kPhone.ip);
  EXPECT_EQ(nd->sender.mac, kPhoneMac);
  EXPECT_EQ(nd->target, kUs.ip);
  const auto to_all = written([](std::byte* at) { return write_advertisement(at, kUs); });
  expect_sound(to_all);
  nd = read(to_all);
  ASSERT_TRUE(nd);
  EXPECT_FALSE(nd->answers || nd->asks);
  EXPECT_EQ(nd->sender.ip, kUs.ip);
}

// A router may answer for a virtual MAC from its own (RFC 5798 section 8.2.3).
TEST(Nd, TheOptionDecidesAndTheFrameWhereThereIsNone) {
  auto frame = advertisement();
  const MacAddress virtual_mac{{0, 0, 0x5e, 0, 2, 1}};
  store(frame.data() + kOptionAt + 2, virtual_mac);
  seal_icmp6(frame, kMessageAt);
  EXPECT_EQ(read(frame)->sender.mac, virtual_mac);
  frame.resize(kOptionAt);
  auto ip = load<Ipv6Header>(frame.data() + kIpAt);
  ip.payload_length = be16(24);
  store(frame.data() + kIpAt, ip);
  seal_icmp6(frame, kMessageAt);
  EXPECT_EQ(read(frame)->sender.mac, kPhoneMac);
}

struct Row {
  const char* name;
  Frame frame;
  std::function<void(Frame&)> edit;
};

std::function<void(Frame&)> set_byte(std::size_t at, unsigned value) {
  return [at, value](Frame& frame) { frame[at] = static_cast<std::byte>(value); };
}

std::function<void(Frame&)> ip(std::function<void(Ipv6Header&)> change) {
  return [change](Frame& frame) {
    auto header = load<Ipv6Header>(frame.data() + kIpAt);
    change(header);
    store(frame.data() + kIpAt, header);
  };
}

TEST(Nd, WhatRfc4861DoesNotAllowIsRefused) {
  const Row rows[] = {
      {"hop limit 254", solicitation(), set_byte(kIpAt + 7, 254)},
      {"code", solicitation(), set_byte(kMessageAt + 1, 1)},
      {"multicast target", solicitation(), set_byte(kMessageAt + 8, 0xff)},
      {"option length 0", solicitation(), set_byte(kOptionAt + 1, 0)},
      {"option beyond the message", solicitation(), set_byte(kOptionAt + 1, 2)},
      {"option length 255", solicitation(), set_byte(kOptionAt + 1, 255)},
      {"multicast MAC", solicitation(), set_byte(kOptionAt + 2, 1)},
      {"from multicast", solicitation(), set_byte(kIpAt + 8, 0xff)},
      {"from loopback", solicitation(), ip([](auto& h) { h.source = parse_ip("::1")->bytes; })},
      {"probe that tells a MAC", solicitation(), ip([](auto& h) { h.source = {}; })},
      {"probe to one address", probe(), ip([](auto& h) { h.destination = kUs.ip.bytes; })},
      {"answer to a group that claims to be solicited", advertisement(),
       ip([](auto& h) { h.destination = kAllNodes; })},
      {"answer from nobody", advertisement(), ip([](auto& h) { h.source = {}; })},
      {"answer with a zero MAC", advertisement(),
       [](Frame& f) { store(f.data() + kOptionAt + 2, MacAddress{}); }},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.name);
    ASSERT_TRUE(read(row.frame));
    auto frame = row.frame;
    row.edit(frame);
    seal_icmp6(frame, kMessageAt);
    EXPECT_EQ(read_icmp6(frame).verdict, Verdict::kPunt);
    EXPECT_FALSE(read(frame));
  }
}

TEST(Nd, ShortMessagesAreRefused) {
  for (std::size_t length = 8; length < 24; ++length) {
    auto frame = solicitation();
    frame.resize(kMessageAt + length);
    ip([&](auto& h) { h.payload_length = be16(static_cast<std::uint16_t>(length)); })(frame);
    seal_icmp6(frame, kMessageAt);
    ASSERT_EQ(read_icmp6(frame).verdict, Verdict::kPunt);
    EXPECT_FALSE(read(frame)) << length;
  }
}

}  // namespace
}  // namespace mediaplane::test
