// SPDX-License-Identifier: BSD-2-Clause
// The packet that media usually is: IPv4 without options, UDP, whole, sound, for one of our
// addresses. A few comparisons of wide words recognise it. Whatever is not recognised goes through
// classify step by step, which finds the same for a usual packet, and a name for what is wrong with
// any other.
#pragma once

#include <span>

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

inline const LocalIpv4* find_address(std::span<const LocalIpv4> addresses, Be32 ip) {
  for (const auto& address : addresses) {
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

// For the packets of one burst, which came in on one port.
class Recogniser {
 public:
  Recogniser(const LocalPort& port, const Shared& shared)
      : mac_(port.mac.word()), locals_(port.addresses), own_(shared.own_ipv4) {}

  // Whether it is a usual packet; then fills in `packet`, whose frame is set.
  bool is_usual(const rte_mbuf& mbuf, Packet& packet) const {
    constexpr std::uint16_t kUdpOffset = sizeof(EthernetHeader) + sizeof(Ipv4Header);
    const auto* frame = packet.frame;
    if (mbuf.data_len < kUdpOffset + sizeof(UdpHeader) || mbuf.nb_segs != 1) return false;
    const auto& ip = view<Ipv4Header>(frame + sizeof(EthernetHeader));
    const auto& udp = view<UdpHeader>(frame + kUdpOffset);
    const std::uint32_t total_length = ip.total_length.host();
    const std::uint32_t udp_length = udp.length.host();
    // What is behind the total length is padding.
    if (!is_to_us(frame) || !is_media(ip) ||
        total_length > mbuf.data_len - sizeof(EthernetHeader) ||
        udp_length + sizeof(Ipv4Header) > total_length || udp_length < sizeof(UdpHeader) ||
        udp.source_port.raw == 0 || !may_be_source(ip.source) ||
        !is_checksum_right(sum_of_ipv4_header(frame + sizeof(EthernetHeader)))) {
      return false;
    }
    const auto* local = find_address(locals_, ip.destination);
    if (local == nullptr) return false;
    packet.udp = packet.frame + kUdpOffset;
    packet.udp_length = static_cast<std::uint16_t>(udp_length);
    packet.family = IpFamily::kIpv4;
    packet.key = {local->index, udp.destination_port, {}};
    return true;
  }

 private:
  // To our MAC, from a station's; IPv4.
  bool is_to_us(const std::byte* frame) const {
    constexpr std::uint64_t kCompared = 0x0001'ffff'ffff'ffff;  // Source: the group bit alone.
    return ((load<std::uint64_t>(frame) ^ mac_) & kCompared) == 0 &&
           view<EthernetHeader>(frame).ether_type == be16(kEtherTypeIpv4);
  }
  // No options, no fragment, UDP, some TTL.
  static bool is_media(const Ipv4Header& ip) {
    constexpr std::uint32_t kCompared = 0xff00'ff3f;  // Fragment, TTL and protocol in memory.
    const auto* at = reinterpret_cast<const std::byte*>(&ip) + offsetof(Ipv4Header, fragment);
    return ip.version_ihl == 0x45 && ip.ttl != 0 &&
           (load<std::uint32_t>(at) & kCompared) == std::uint32_t{kProtocolUdp} << 24;
  }
  bool may_be_source(Be32 ip) const {
    if (is_bad_source(ip)) return false;
    for (const auto own : own_) {
      if (own == ip) return false;
    }
    return true;
  }

  // Copies: a stage writes so much that the compiler would read the originals again and again.
  std::uint64_t mac_;
  std::span<const LocalIpv4> locals_;
  std::span<const Be32> own_;
};

}  // namespace mediaplane
