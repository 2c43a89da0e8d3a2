// SPDX-License-Identifier: BSD-2-Clause
// The packet that media usually is: IPv4 without options, UDP, whole, sound, for one of our
// addresses. A few comparisons of wide words recognise it. Whatever is not recognised goes through
// classify step by step, which finds the same for a usual packet, and a name for what is wrong with
// any other.
#pragma once

#include <rte_mbuf.h>

#include "dataplane/net/checksum.h"
#include "dataplane/net/headers.h"
#include "dataplane/pipeline/burst.h"
#include "dataplane/pipeline/context.h"

namespace mediaplane {

// 0/8, 127/8, 224/4 and 240/4 are no host's source address (RFC 1122 section 3.2.1.3).
inline bool is_bad_source(Be32 ip) {
  const auto first = ip.raw & 0xff;
  return first == 0 || first == 127 || first >= 224;
}

inline const LocalIpv4* find_address(const LocalPort& port, Be32 ip) {
  for (const auto& address : port.addresses) {
    if (address.ip == ip) return &address;
  }
  return nullptr;
}

inline bool is_own(const Shared& shared, Be32 ip) {
  for (const auto own : shared.own_ipv4) {
    if (own == ip) return true;
  }
  return false;
}

// To our MAC, from a station's.
inline bool is_usual_ethernet(const std::byte* frame, const LocalPort& port) {
  constexpr std::uint64_t kCompared = 0x0001'ffff'ffff'ffff;  // Source: the group bit alone.
  const auto begin = load<std::uint64_t>(frame);
  return ((begin ^ port.mac.word()) & kCompared) == 0 &&
         view<EthernetHeader>(frame).ether_type == be16(kEtherTypeIpv4);
}

// All but the addresses. What is behind the total length is padding.
inline bool is_usual_ipv4(const Ipv4Header& ip, std::uint32_t room) {
  constexpr std::uint32_t kLeast = sizeof(Ipv4Header) + sizeof(UdpHeader);
  const std::uint32_t total_length = ip.total_length.host();
  return ip.version_ihl == 0x45 && ip.protocol == kProtocolUdp && ip.ttl != 0 &&
         !ip.is_fragment() && total_length >= kLeast && total_length <= room &&
         is_checksum_right(sum_of_ipv4_header(reinterpret_cast<const std::byte*>(&ip)));
}

// Fills in `packet` and `key` if it is.
inline bool is_usual(const rte_mbuf& mbuf, const LocalPort& port, const Shared& shared,
                     Packet& packet, FlowKey& key) {
  constexpr std::uint16_t kIpOffset = sizeof(EthernetHeader);
  constexpr std::uint16_t kUdpOffset = kIpOffset + sizeof(Ipv4Header);
  const auto* frame = packet.frame;
  if (mbuf.data_len < kUdpOffset + sizeof(UdpHeader) || mbuf.nb_segs != 1) return false;
  const auto& ip = view<Ipv4Header>(frame + kIpOffset);
  const auto& udp = view<UdpHeader>(frame + kUdpOffset);
  if (!is_usual_ethernet(frame, port) || !is_usual_ipv4(ip, mbuf.data_len - kIpOffset))
    return false;
  const auto* local = find_address(port, ip.destination);
  if (local == nullptr || is_bad_source(ip.source) || is_own(shared, ip.source)) return false;
  const auto udp_length = udp.length.host();
  if (udp_length < sizeof(UdpHeader) || udp_length + sizeof(Ipv4Header) > ip.total_length.host() ||
      udp.source_port.raw == 0) {
    return false;
  }
  packet.ip_offset = kIpOffset;
  packet.udp_offset = kUdpOffset;
  packet.udp_length = udp_length;
  packet.source_port = udp.source_port;
  packet.source_ip = ip.source;
  packet.udp_checksum = udp.checksum;
  packet.family = IpFamily::kIpv4;
  key = {local->index, udp.destination_port, {}};
  return true;
}

}  // namespace mediaplane
