// SPDX-License-Identifier: BSD-2-Clause
// What must hold for every frame that leaves the data plane.
#pragma once

#include <algorithm>

#include "dataplane/net/ipv6.h"
#include "tests/fuzz/holds.h"

namespace mediaplane::test {

struct Datagram {
  std::span<const std::byte> bytes;  // UDP header and payload.
  PartialSum addresses = 0;

  UdpHeader header() const { return load<UdpHeader>(bytes.data()); }
  std::span<const std::byte> payload() const { return bytes.subspan(sizeof(UdpHeader)); }
  bool is_checksum_right() const {
    const auto length = static_cast<std::uint32_t>(bytes.size());
    return mediaplane::is_checksum_right(pseudo_header_sum(addresses, kProtocolUdp, length) +
                                         sum_of(bytes));
  }
};

// Of a frame that the relay took for a datagram.
inline Datagram datagram_of(std::span<const std::byte> frame) {
  const auto* ip_at = frame.data() + kIpAt;
  std::size_t at = 0;
  PartialSum addresses = 0;
  if (load<EthernetHeader>(frame.data()).ether_type == be16(kEtherTypeIpv6)) {
    const auto ip = load<Ipv6Header>(ip_at);
    const auto behind = kIpAt + sizeof ip;
    const auto payload = frame.subspan(behind, ip.payload_length.host());
    at = behind + find_upper_layer(ip.next_header, payload).offset;
    addresses = sum_of(ip.source) + sum_of(ip.destination);
  } else {
    const auto ip = load<Ipv4Header>(ip_at);
    at = kIpAt + ip.header_length();
    addresses = sum_of(ip.source) + sum_of(ip.destination);
  }
  return {frame.subspan(at, load<UdpHeader>(frame.data() + at).length.host()), addresses};
}

// Plain headers that say what is there, from one of our MACs to another's.
inline void check_headers(const Frame& frame) {
  const auto ethernet = load<EthernetHeader>(frame.data());
  holds(ethernet.source == kRelayMac || ethernet.source == kLanMac, "it is from our MAC");
  holds(ethernet.destination != ethernet.source, "it is to another's MAC");
  if (ethernet.ether_type == be16(kEtherTypeIpv6)) {
    const auto ip = load<Ipv6Header>(frame.data() + kIpAt);
    holds(ip.version() == 6 && ip.hop_limit > 0, "the IPv6 header is sound");
    holds(kIpAt + sizeof ip + ip.payload_length.host() == frame.size(), "IPv6 says the length");
  } else if (ethernet.ether_type == be16(kEtherTypeIpv4)) {
    const auto ip = load<Ipv4Header>(frame.data() + kIpAt);
    holds(ip.version() == 4 && ip.header_length() >= sizeof ip && ip.ttl > 0,
          "the IPv4 header is sound");
    holds(kIpAt + ip.total_length.host() == frame.size(), "IPv4 says the length");
    const auto header = std::span<const std::byte>(frame).subspan(kIpAt, ip.header_length());
    holds(is_checksum_right(sum_of(header)), "the header checksum is right");
  } else {
    holds(ethernet.ether_type == be16(kEtherTypeArp), "it is IP or ARP");
  }
}

// The payload is what came in, the checksum as right or wrong as it came in. Where there was none
// there is none, or IPv6 was on the way, and it is right.
inline void check_relayed(const Frame& in, const Frame& out) {
  check_headers(out);
  holds(out.size() >= kIpAt + sizeof(Ipv4Header) + sizeof(UdpHeader), "it has all headers");
  const auto came = datagram_of(in);
  const auto goes = datagram_of(out);
  holds(goes.bytes.data() + goes.bytes.size() == out.data() + out.size(), "it ends the frame");
  holds(std::ranges::equal(came.payload(), goes.payload()), "the payload is untouched");
  const auto checksum = goes.header().checksum;
  if (came.header().checksum.raw == 0) {
    holds(goes.is_checksum_right() || (checksum.raw == 0 && !is_ipv6(out)),
          "no checksum stays none or becomes right");
  } else {
    holds(checksum.raw != 0, "a checksum stays one");
    holds(came.is_checksum_right() == goes.is_checksum_right(), "right stays right, wrong wrong");
  }
}

}  // namespace mediaplane::test
