// SPDX-License-Identifier: BSD-2-Clause
// What classify says of one IPv6 frame: a table of edits to a good one.
#include <functional>

#include <gtest/gtest.h>

#include "tests/support/frame_edits.h"
#include "tests/support/plane.h"

namespace mediaplane::test {
namespace {

constexpr std::size_t kBehind = kIpAt + sizeof(Ipv6Header);
constexpr std::uint8_t kHopByHop = 0;
constexpr std::uint8_t kRouting = 43;
constexpr std::uint8_t kFragment = 44;
constexpr std::uint8_t kDestinationOptions = 60;
constexpr const char* kPhone = "2001:db8::10";
constexpr const char* kOurs = "2001:db8::1";

UdpSpec good_spec() {
  UdpSpec spec;
  spec.source_ip = kPhone;
  spec.destination_ip = kOurs;
  spec.destination_mac = kLanMac;
  return spec;
}

Edit ip(std::function<void(Ipv6Header&)> change) {
  return header_at<Ipv6Header>(kIpAt, std::move(change));
}

Edit udp(std::function<void(UdpHeader&)> change) {
  return header_at<UdpHeader>(kBehind, std::move(change));
}

Edit source(const char* address) {
  return ip([address](Ipv6Header& header) { header.source = parse_ip(address)->bytes; });
}

Edit destination(const char* address) {
  return ip([address](Ipv6Header& header) { header.destination = parse_ip(address)->bytes; });
}

Edit payload_length(int difference) {
  return ip([difference](Ipv6Header& header) {
    header.payload_length =
        be16(static_cast<std::uint16_t>(header.payload_length.host() + difference));
  });
}

struct Extension {
  std::uint8_t type;
  std::size_t bytes = 8;
  std::uint8_t segments_left = 0;
};

// Extension headers before the UDP header.
Edit extended(std::vector<Extension> extensions) {
  return [extensions](Frame& frame) {
    auto header = load<Ipv6Header>(frame.data() + kIpAt);
    std::vector<std::byte> chain;
    for (std::size_t i = 0; i < extensions.size(); ++i) {
      const bool is_last = i + 1 == extensions.size();
      std::vector<std::byte> extension(extensions[i].bytes);
      extension[0] = std::byte{is_last ? kProtocolUdp : extensions[i + 1].type};
      extension[1] = static_cast<std::byte>(extensions[i].bytes / 8 - 1);
      extension[3] = std::byte{extensions[i].segments_left};
      chain.insert(chain.end(), extension.begin(), extension.end());
    }
    header.next_header = extensions.front().type;
    header.payload_length =
        be16(static_cast<std::uint16_t>(header.payload_length.host() + chain.size()));
    store(frame.data() + kIpAt, header);
    frame.insert(frame.begin() + kBehind, chain.begin(), chain.end());
  };
}

// The last header says that more fragments are to come.
Edit fragment(std::vector<Extension> extensions) {
  return [extensions](Frame& frame) {
    extended(extensions)(frame);
    frame[kBehind + (extensions.size() - 1) * 8 + 3] = std::byte{1};
  };
}

// The frame ends within its only extension header.
Edit cut_extension(std::size_t left) {
  return [left](Frame& frame) {
    extended({{kDestinationOptions, 16}})(frame);
    frame.resize(kBehind + left);
    ip([left](auto& h) { h.payload_length = be16(static_cast<std::uint16_t>(left)); })(frame);
  };
}

const Row kRows[] = {
    {"good, nobody's port", [](Frame&) {}, Verdict::kNoSession},
    {"Ethernet header alone", cut_to(14), Verdict::kShortFrame},
    {"39 bytes of IPv6 header", cut_to(kBehind - 1), Verdict::kShortFrame},
    {"another station's", ethernet([](auto& e) { e.destination.bytes[5] ^= 1; }),
     Verdict::kNotOurMac},
    {"broadcast media", ethernet([](auto& e) { e.destination = kBroadcastMac; }),
     Verdict::kMulticast},
    {"version 4", ip([](auto& h) { h.version_class_flow = be32(0x40000000); }),
     Verdict::kBadIpv6Header},
    {"version 0", ip([](auto& h) { h.version_class_flow = be32(0); }), Verdict::kBadIpv6Header},
    {"any class and flow label", ip([](auto& h) { h.version_class_flow = be32(0x6fffffff); }),
     Verdict::kNoSession},
    {"payload beyond the frame", payload_length(1), Verdict::kBadIpv6Length},
    {"payload of 65535 bytes", ip([](auto& h) { h.payload_length = be16(65535); }),
     Verdict::kBadIpv6Length},
    {"frame cut", cut_to(100), Verdict::kBadIpv6Length},
    {"no payload", ip([](auto& h) { h.payload_length = be16(0); }), Verdict::kBadUdpLength},
    {"7 bytes of UDP header", ip([](auto& h) { h.payload_length = be16(7); }),
     Verdict::kBadUdpLength},
    {"payload shorter than UDP says", payload_length(-1), Verdict::kBadUdpLength},
    {"hop limit 0", ip([](auto& h) { h.hop_limit = 0; }), Verdict::kTtlExpired},
    {"hop limit 1", ip([](auto& h) { h.hop_limit = 1; }), Verdict::kNoSession},
    {"from nobody", source("::"), Verdict::kBadIpv6Source},
    {"from loopback", source("::1"), Verdict::kBadIpv6Source},
    {"from multicast", source("ff02::1"), Verdict::kBadIpv6Source},
    {"from an IPv4 address", source("::ffff:192.0.2.1"), Verdict::kBadIpv6Source},
    {"from a link-local address", source("fe80::10"), Verdict::kNoSession},
    {"source is the destination", source(kOurs), Verdict::kOwnAddress},
    {"source is our other address", source("2001:db8:1::1"), Verdict::kOwnAddress},
    {"to somebody else", destination("2001:db8::2"), Verdict::kNotOurAddress},
    {"to our second address", destination("2001:db8:1::1"), Verdict::kNoSession},
    {"to all nodes", destination("ff02::1"), Verdict::kMulticast},
    {"to our solicited-node group", destination("ff02::1:ff00:1"), Verdict::kMulticast},
    {"to any group", destination("ff0e::101"), Verdict::kMulticast},
    {"fragment", fragment({{kFragment}}), Verdict::kPunt},
    {"packet that is its only fragment", extended({{kFragment}}), Verdict::kNoSession},
    {"fragment behind options", fragment({{kHopByHop}, {kFragment}}), Verdict::kPunt},
    {"hop-by-hop options", extended({{kHopByHop}}), Verdict::kNoSession},
    {"destination options", extended({{kDestinationOptions, 24}}), Verdict::kNoSession},
    {"routing header at its end", extended({{kRouting}}), Verdict::kNoSession},
    {"routing header on its way", extended({{kRouting, 24, 1}}), Verdict::kBadIpv6Extension},
    {"four headers of 256 bytes",
     extended(
         {{kHopByHop, 64}, {kDestinationOptions, 64}, {kRouting, 64}, {kDestinationOptions, 64}}),
     Verdict::kNoSession},
    {"five headers",
     extended({{kHopByHop},
               {kDestinationOptions},
               {kRouting},
               {kDestinationOptions},
               {kDestinationOptions}}),
     Verdict::kBadIpv6Extension},
    {"264 bytes of headers", extended({{kHopByHop, 64}, {kDestinationOptions, 200}}),
     Verdict::kBadIpv6Extension},
    {"extension cut after 7 bytes", cut_extension(7), Verdict::kBadIpv6Extension},
    {"extension cut after 15 bytes", cut_extension(15), Verdict::kBadIpv6Extension},
    {"extension and nothing behind it", cut_extension(16), Verdict::kBadUdpLength},
    {"no next header", ip([](auto& h) { h.next_header = 59; }), Verdict::kOtherProtocol},
    {"TCP", ip([](auto& h) { h.next_header = 6; }), Verdict::kOtherProtocol},
    {"ESP", ip([](auto& h) { h.next_header = 50; }), Verdict::kOtherProtocol},
    {"AH", ip([](auto& h) { h.next_header = 51; }), Verdict::kOtherProtocol},
    {"ICMP of IPv4", ip([](auto& h) { h.next_header = 1; }), Verdict::kOtherProtocol},
    {"ICMPv6", ip([](auto& h) { h.next_header = 58; }), Verdict::kPunt},
    {"no UDP checksum", udp([](auto& h) { h.checksum = Be16{0}; }), Verdict::kNoUdpChecksum},
    {"UDP length 0", udp([](auto& h) { h.length = be16(0); }), Verdict::kBadUdpLength},
    {"UDP length 7", udp([](auto& h) { h.length = be16(7); }), Verdict::kBadUdpLength},
    {"UDP length 8", udp([](auto& h) { h.length = be16(8); }), Verdict::kNoSession},
    {"UDP length beyond the packet", udp([](auto& h) { h.length = be16(169); }),
     Verdict::kBadUdpLength},
    {"source port 0", udp([](auto& h) { h.source_port = be16(0); }), Verdict::kBadUdpPort},
    {"destination port 0", udp([](auto& h) { h.destination_port = be16(0); }), Verdict::kNoSession},
};

TEST(ClassifyIpv6, VerdictByRow) {
  Plane plane;
  for (const auto& row : kRows) {
    SCOPED_TRACE(row.name);
    auto frame = udp_frame(good_spec());
    row.edit(frame);
    EXPECT_EQ(name_of(plane.relay(frame, Plane::kLan).verdict), name_of(row.verdict));
  }
}

TEST(ClassifyIpv6, ABadFrameInABurstCostsOnlyItself) {
  Plane plane;
  plane.resolve("2001:db8::20", MacAddress{{0x02, 0, 0, 0, 0, 0x20}}, Plane::kLan);
  auto wish = plane.session(0, 35000, at(kPhone, 4000), 35002, at("2001:db8::20", 5000));
  for (auto& side : wish.sides) side.local_address = 3;
  ASSERT_EQ(plane.set(wish), abi::Status::kDone);
  const auto good = udp_frame(good_spec());
  const auto expected = plane.relay(good, Plane::kLan).frame;
  ASSERT_FALSE(expected.empty());
  for (const auto& row : kRows) {
    SCOPED_TRACE(row.name);
    std::vector<Frame> frames(kBurst, good);
    row.edit(frames[13]);
    const auto outcomes = plane.relay(frames, Plane::kLan);
    for (std::size_t i = 0; i < kBurst; ++i) {
      if (i == 13) continue;
      ASSERT_EQ(name_of(outcomes[i].verdict), "forward") << i;
      ASSERT_EQ(outcomes[i].frame, expected) << i;
    }
  }
}

TEST(ClassifyIpv6, APortWithoutIpv6AddressTakesNone) {
  Plane plane;
  auto spec = good_spec();
  spec.destination_mac = kRelayMac;
  EXPECT_EQ(plane.relay(udp_frame(spec)).verdict, Verdict::kIpv6);
  spec.destination_mac = multicast_mac_of(kAllNodes);
  EXPECT_EQ(plane.relay(udp_frame(spec)).verdict, Verdict::kMulticast);
}

struct DiscoveryRow {
  const char* name;
  std::uint8_t type;
  const char* source;
  const char* destination;
  std::uint8_t hop_limit;
  bool to_group_mac;
  Verdict verdict;
};

TEST(ClassifyIpv6, NeighbourDiscoveryGoesToTheSlowPathIfItConcernsUs) {
  constexpr auto kAsks = kNeighbourSolicitation;
  constexpr auto kTells = kNeighbourAdvertisement;
  constexpr const char* kGroup = "ff02::1:ff00:1";
  const DiscoveryRow rows[] = {
      {"asks our group", kAsks, kPhone, kGroup, 255, true, Verdict::kPunt},
      {"asks our group, by a unicast frame", kAsks, kPhone, kGroup, 255, false, Verdict::kPunt},
      {"asks us", kAsks, kPhone, kOurs, 255, false, Verdict::kPunt},
      {"probes for our address", kAsks, "::", kGroup, 255, true, Verdict::kPunt},
      {"asks another group", kAsks, kPhone, "ff02::1:ff00:2", 255, true, Verdict::kMulticast},
      {"announces itself", kTells, kPhone, "ff02::1", 255, true, Verdict::kPunt},
      {"announces our address", kTells, kOurs, "ff02::1", 255, true, Verdict::kPunt},
      {"answers us from our own address", kTells, kOurs, kOurs, 255, false, Verdict::kPunt},
      {"from beyond a router, to a group", kAsks, kPhone, kGroup, 254, true, Verdict::kMulticast},
      {"from beyond a router, to us", kAsks, kPhone, kOurs, 254, false, Verdict::kPunt},
      {"ping of all nodes", kIcmp6EchoRequest, kPhone, "ff02::1", 255, true, Verdict::kMulticast},
      {"router advertisement", 134, "fe80::fe", "ff02::1", 255, true, Verdict::kMulticast},
      {"multicast listener query", 130, "fe80::fe", "ff02::1", 1, true, Verdict::kMulticast},
      {"us, by a group's MAC", kAsks, kPhone, kOurs, 255, true, Verdict::kMulticast},
  };
  Plane plane;
  for (const auto& row : rows) {
    SCOPED_TRACE(row.name);
    auto frame = echo6_frame(good_spec(), 16);
    source(row.source)(frame);
    destination(row.destination)(frame);
    ip([&](auto& h) { h.hop_limit = row.hop_limit; })(frame);
    ethernet([&](auto& e) {
      if (row.to_group_mac) e.destination = multicast_mac_of(parse_ip(row.destination)->bytes);
    })(frame);
    if (row.to_group_mac && row.destination == kOurs) {
      ethernet([](auto& e) { e.destination = multicast_mac_of(kAllNodes); })(frame);
    }
    frame[kBehind] = static_cast<std::byte>(row.type);
    EXPECT_EQ(name_of(plane.relay(frame, Plane::kLan).verdict), name_of(row.verdict));
  }
}

}  // namespace
}  // namespace mediaplane::test
