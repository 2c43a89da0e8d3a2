// SPDX-License-Identifier: BSD-2-Clause
#include "tests/support/malformed.h"

#include "dataplane/housekeeper/arp.h"
#include "dataplane/housekeeper/nd.h"

namespace mediaplane::test {
namespace {

const Station kPhone6{kPhoneMac, *parse_ip("2001:db8::10")};
const Station kRelay6{kLanMac, *parse_ip("2001:db8::1")};
constexpr std::uint32_t kSsrc = 77;

UdpSpec spec6() {
  UdpSpec spec;
  spec.destination_mac = kLanMac;
  spec.source_ip = "2001:db8::10";
  spec.destination_ip = "2001:db8::1";
  return spec;
}

}  // namespace

Frame good_media() {
  UdpSpec spec;
  spec.payload = rtp_payload(kSsrc, 1);
  return udp_frame(spec);
}

Frame good_media6() {
  auto spec = spec6();
  spec.payload = rtp_payload(kSsrc, 1);
  return udp_frame(spec);
}

// A receiver report without blocks and a source description that names nobody.
Frame good_rtcp() {
  UdpSpec spec;
  spec.source_port = 4001;
  spec.destination_port = 35001;
  spec.payload.assign(20, std::byte{0});
  store(spec.payload.data(), be32(0x80c90001));
  store(spec.payload.data() + 4, be32(kSsrc));
  store(spec.payload.data() + 8, be32(0x81ca0002));
  store(spec.payload.data() + 12, be32(kSsrc));
  return udp_frame(spec);
}

Frame good_arp() {
  Frame frame(kArpFrameBytes);
  write_arp(frame.data(), kArpRequest, {kPhoneMac, ipv4("198.18.0.10")}, {{}, ipv4("198.18.0.1")},
            kBroadcastMac);
  return frame;
}

Frame good_ping() {
  UdpSpec spec;
  spec.payload.assign(8, std::byte{0x3c});
  auto frame = udp_frame(spec);
  frame[kIpAt + 9] = std::byte{kProtocolIcmp};
  store(frame.data() + kIpAt + 20, IcmpHeader{kIcmpEchoRequest, 0, Be16{0}, be16(7), be16(9)});
  seal_icmp(frame);
  return frame;
}

Frame good_ping6() { return echo6_frame(spec6(), 8); }

Frame good_solicitation() {
  Frame frame(kMaxNdFrameBytes);
  frame.resize(write_solicitation(frame.data(), kPhone6, kRelay6.ip.bytes, nullptr));
  return frame;
}

Frame good_advertisement() {
  Frame frame(kMaxNdFrameBytes);
  frame.resize(write_solicited_advertisement(frame.data(), kPhone6, kRelay6));
  return frame;
}

std::uint16_t MalformedRow::ethdev() const { return is_ipv6(good()) ? Plane::kLan : Plane::kWan; }

void set_up_calls(Plane& plane) {
  constexpr MacAddress kOtherMac{{0x02, 0, 0, 0, 0, 0x20}};
  plane.resolve("198.18.0.10", kPhoneMac);
  plane.resolve("198.18.0.20", kOtherMac);
  plane.resolve("2001:db8::10", kPhoneMac, Plane::kLan);
  plane.resolve("2001:db8::20", kOtherMac, Plane::kLan);
  plane.set(plane.session(0, 35000, at("198.18.0.10", 4000), 35002, at("198.18.0.20", 5000)));
  auto wish = plane.session(1, 35000, at("2001:db8::10", 4000), 35002, at("2001:db8::20", 5000));
  for (auto& side : wish.sides) side.local_address = 3;
  plane.set(wish);
}

std::vector<MalformedRow> all_malformed_rows() {
  std::vector<MalformedRow> all;
  for (const auto& rows : {ethernet_rows(), arp_rows(), ipv4_rows(), ipv6_rows(), udp_rows(),
                           icmp_rows(), discovery_rows(), rtp_rows(), rtcp_rows()}) {
    all.insert(all.end(), rows.begin(), rows.end());
  }
  return all;
}

}  // namespace mediaplane::test
