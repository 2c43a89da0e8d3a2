// SPDX-License-Identifier: BSD-2-Clause
// What classify says of one frame: a table of edits to a good one.
#include "dataplane/pipeline/classify.h"

#include <functional>

#include <gtest/gtest.h>

#include "tests/support/frame_edits.h"
#include "tests/support/plane.h"

namespace mediaplane::test {
namespace {

constexpr std::size_t kIp = sizeof(EthernetHeader);

// Changes the IPv4 header and makes its checksum right again.
Edit ip(std::function<void(Ipv4Header&)> change) {
  return [change](Frame& frame) {
    auto header = load<Ipv4Header>(frame.data() + kIp);
    change(header);
    header.checksum = Be16{0};
    store(frame.data() + kIp, header);
    const auto length =
        std::min<std::size_t>(std::max(20U, header.header_length()), frame.size() - kIp);
    header.checksum = checksum_of(sum_of(std::span<const std::byte>(frame.data() + kIp, length)));
    store(frame.data() + kIp, header);
  };
}

Edit udp(std::function<void(UdpHeader&)> change) {
  return header_at<UdpHeader>(kIp + 20, std::move(change));
}

Edit source(const char* address) {
  return ip([address](Ipv4Header& header) { header.source = ipv4(address); });
}

Edit destination(const char* address) {
  return ip([address](Ipv4Header& header) { header.destination = ipv4(address); });
}

const Row kRows[] = {
    {"good, nobody's port", [](Frame&) {}, Verdict::kNoSession},
    {"empty frame", cut_to(0), Verdict::kShortFrame},
    {"13 bytes", cut_to(13), Verdict::kShortFrame},
    {"Ethernet header alone", cut_to(14), Verdict::kShortFrame},
    {"19 bytes of IPv4 header", cut_to(33), Verdict::kShortFrame},
    {"another station's", ethernet([](auto& e) { e.destination.bytes[5] ^= 1; }),
     Verdict::kNotOurMac},
    {"broadcast media", ethernet([](auto& e) { e.destination = kBroadcastMac; }),
     Verdict::kMulticast},
    {"multicast MAC", ethernet([](auto& e) { e.destination.bytes[0] = 1; }), Verdict::kMulticast},
    {"length instead of EtherType", ether_type(0x05ff), Verdict::kOtherEtherType},
    {"VLAN tag", ether_type(0x8100), Verdict::kVlanTag},
    {"IPv6", ether_type(0x86dd), Verdict::kIpv6},
    {"LLDP", ether_type(0x88cc), Verdict::kOtherEtherType},
    {"version 5", ip([](auto& h) { h.version_ihl = 0x55; }), Verdict::kBadIpv4Header},
    {"header length 4", ip([](auto& h) { h.version_ihl = 0x44; }), Verdict::kBadIpv4Header},
    {"header length 0", ip([](auto& h) { h.version_ihl = 0x40; }), Verdict::kBadIpv4Header},
    {"header longer than the packet",
     [](Frame& f) {
       f.resize(kIp + 24);
       ip([](auto& h) {
         h.version_ihl = 0x4f;
         h.total_length = be16(24);
       })(f);
     },
     Verdict::kBadIpv4Length},
    {"total length 0", ip([](auto& h) { h.total_length = be16(0); }), Verdict::kBadIpv4Length},
    {"total length 19", ip([](auto& h) { h.total_length = be16(19); }), Verdict::kBadIpv4Length},
    {"total length beyond the frame", ip([](auto& h) {
       h.total_length = be16(static_cast<std::uint16_t>(h.total_length.host() + 1));
     }),
     Verdict::kBadIpv4Length},
    {"total length 65535", ip([](auto& h) { h.total_length = be16(65535); }),
     Verdict::kBadIpv4Length},
    {"wrong header checksum", [](Frame& f) { f[kIp + 10] ^= std::byte{1}; },
     Verdict::kBadIpv4Checksum},
    {"TTL 0", ip([](auto& h) { h.ttl = 0; }), Verdict::kTtlExpired},
    {"TTL 1", ip([](auto& h) { h.ttl = 1; }), Verdict::kNoSession},
    {"source 0.0.0.0", source("0.0.0.0"), Verdict::kBadIpv4Source},
    {"source 127.0.0.1", source("127.0.0.1"), Verdict::kBadIpv4Source},
    {"source multicast", source("224.0.0.5"), Verdict::kBadIpv4Source},
    {"source broadcast", source("255.255.255.255"), Verdict::kBadIpv4Source},
    {"source is the destination", source("198.18.0.1"), Verdict::kOwnAddress},
    {"source is our other address", source("198.18.1.1"), Verdict::kOwnAddress},
    {"to somebody else", destination("198.18.0.2"), Verdict::kNotOurAddress},
    {"to our second address", destination("198.18.1.1"), Verdict::kNoSession},
    {"to the subnet's broadcast", destination("198.18.0.255"), Verdict::kMulticast},
    {"to all", destination("255.255.255.255"), Verdict::kMulticast},
    {"to multicast", destination("239.1.2.3"), Verdict::kMulticast},
    {"first fragment", ip([](auto& h) { h.fragment = be16(0x2000); }), Verdict::kPunt},
    {"later fragment", ip([](auto& h) { h.fragment = be16(0x0010); }), Verdict::kPunt},
    {"fragment of TCP", ip([](auto& h) {
       h.fragment = be16(0x2000);
       h.protocol = 6;
     }),
     Verdict::kFragment},
    {"do not fragment", ip([](auto& h) { h.fragment = be16(0x4000); }), Verdict::kNoSession},
    {"evil bit", ip([](auto& h) { h.fragment = be16(0x8000); }), Verdict::kNoSession},
    {"ICMP", ip([](auto& h) { h.protocol = 1; }), Verdict::kPunt},
    {"TCP", ip([](auto& h) { h.protocol = 6; }), Verdict::kOtherProtocol},
    {"7 bytes of UDP header",
     [](Frame& f) {
       f.resize(kIp + 27);
       ip([](auto& h) { h.total_length = be16(27); })(f);
     },
     Verdict::kBadUdpLength},
    {"UDP length 0", udp([](auto& h) { h.length = be16(0); }), Verdict::kBadUdpLength},
    {"UDP length 7", udp([](auto& h) { h.length = be16(7); }), Verdict::kBadUdpLength},
    {"UDP length 8", udp([](auto& h) { h.length = be16(8); }), Verdict::kNoSession},
    {"UDP length beyond the packet",
     udp([](auto& h) { h.length = be16(static_cast<std::uint16_t>(h.length.host() + 1)); }),
     Verdict::kBadUdpLength},
    {"source port 0", udp([](auto& h) { h.source_port = be16(0); }), Verdict::kBadUdpPort},
    {"destination port 0", udp([](auto& h) { h.destination_port = be16(0); }), Verdict::kNoSession},
};

TEST(Classify, VerdictByRow) {
  Plane plane;
  for (const auto& row : kRows) {
    SCOPED_TRACE(row.name);
    auto frame = udp_frame({});
    row.edit(frame);
    EXPECT_EQ(name_of(plane.relay(frame).verdict), name_of(row.verdict));
  }
}

// One bad frame among good ones costs only itself.
TEST(Classify, ABadFrameInABurstCostsOnlyItself) {
  Plane plane;
  plane.resolve("198.18.0.20", MacAddress{{0x02, 0, 0, 0, 0, 0x20}});
  ASSERT_EQ(
      plane.set(plane.session(0, 35000, at("198.18.0.10", 4000), 35002, at("198.18.0.20", 5000))),
      abi::Status::kDone);
  const auto good = udp_frame({});
  const auto expected = plane.relay(good).frame;
  for (const auto& row : kRows) {
    SCOPED_TRACE(row.name);
    std::vector<Frame> frames(kBurst, good);
    row.edit(frames[13]);
    if (frames[13] == good) continue;
    const auto outcomes = plane.relay(frames);
    for (std::size_t i = 0; i < kBurst; ++i) {
      if (i == 13) continue;
      ASSERT_EQ(name_of(outcomes[i].verdict), "forward") << i;
      auto frame = outcomes[i].frame;  // Only identification and header checksum may differ.
      std::copy_n(expected.begin() + kIp + 4, 2, frame.begin() + kIp + 4);
      std::copy_n(expected.begin() + kIp + 10, 2, frame.begin() + kIp + 10);
      ASSERT_EQ(frame, expected) << i;
    }
  }
}

struct ArpRow {
  const char* name;
  const char* sender;
  const char* target;
  Verdict verdict;
};

TEST(Classify, ArpGoesToTheSlowPathIfItConcernsUs) {
  const ArpRow rows[] = {
      {"asks for us", "198.18.0.10", "198.18.0.1", Verdict::kPunt},
      {"asks for somebody else", "198.18.0.10", "198.18.0.20", Verdict::kArpNotForUs},
      {"announces itself", "198.18.0.10", "198.18.0.10", Verdict::kPunt},
      {"uses our address", "198.18.0.1", "198.18.0.20", Verdict::kPunt},
  };
  Plane plane;
  for (const auto& row : rows) {
    SCOPED_TRACE(row.name);
    Frame frame(sizeof(EthernetHeader) + sizeof(ArpPacket));
    store(frame.data(), EthernetHeader{kBroadcastMac, kPhoneMac, be16(kEtherTypeArp)});
    ArpPacket arp{};
    arp.sender_ip = ipv4(row.sender);
    arp.target_ip = ipv4(row.target);
    store(frame.data() + sizeof(EthernetHeader), arp);
    EXPECT_EQ(name_of(plane.relay(frame).verdict), name_of(row.verdict));
    frame.resize(frame.size() - 1);
    EXPECT_EQ(plane.relay(frame).verdict, Verdict::kShortFrame);
  }
}

}  // namespace
}  // namespace mediaplane::test
