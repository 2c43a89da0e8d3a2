// SPDX-License-Identifier: BSD-2-Clause
#include "dataplane/pipeline/classify.h"

#include <algorithm>

#include <rte_mbuf.h>
#include <rte_prefetch.h>

#include "dataplane/net/checksum.h"

namespace mediaplane {
namespace {

constexpr std::size_t kIpOffset = sizeof(EthernetHeader);

Verdict classify_arp(std::span<const std::byte> frame, const LocalPort& port) {
  if (frame.size() < kIpOffset + sizeof(ArpPacket)) return Verdict::kShortFrame;
  const auto arp = load<ArpPacket>(frame.data() + kIpOffset);
  // Announcements (sender = target) tell of neighbours that moved.
  const bool concerns_us =
      std::any_of(port.addresses.begin(), port.addresses.end(), [&](const LocalIpv4& address) {
        return address.ip == arp.target_ip || address.ip == arp.sender_ip;
      });
  return concerns_us || arp.sender_ip == arp.target_ip ? Verdict::kPunt : Verdict::kArpNotForUs;
}

// 0/8, 127/8, 224/4 and 240/4 are no host's source address (RFC 1122 section 3.2.1.3).
bool is_bad_source(Be32 ip) {
  const auto first = ip.host() >> 24;
  return first == 0 || first == 127 || first >= 224;
}

const LocalIpv4* find_address(const LocalPort& port, Be32 ip) {
  for (const auto& address : port.addresses) {
    if (address.ip == ip) return &address;
  }
  return nullptr;
}

Verdict why_not_ours(const LocalPort& port, Be32 ip) {
  const bool to_many = ip.host() >> 28 == 0xe || ip.raw == 0xffffffff ||
                       std::any_of(port.addresses.begin(), port.addresses.end(),
                                   [&](const auto& address) { return address.broadcast == ip; });
  return to_many ? Verdict::kMulticast : Verdict::kNotOurAddress;
}

bool is_own(const Shared& shared, Be32 ip) {
  return std::find(shared.own_ipv4.begin(), shared.own_ipv4.end(), ip) != shared.own_ipv4.end();
}

Verdict check_ipv4_header(const Ipv4Header& ip, std::span<const std::byte> frame,
                          const rte_mbuf& mbuf, const LocalPort& port) {
  const auto header_length = ip.header_length();
  if (ip.version() != 4 || header_length < sizeof(Ipv4Header)) return Verdict::kBadIpv4Header;
  const auto total_length = ip.total_length.host();
  if (total_length < header_length || kIpOffset + total_length > frame.size()) {
    return Verdict::kBadIpv4Length;
  }
  const auto offload = mbuf.ol_flags & RTE_MBUF_F_RX_IP_CKSUM_MASK;
  if (port.checks_ipv4 && offload == RTE_MBUF_F_RX_IP_CKSUM_GOOD) return Verdict::kForward;
  return is_checksum_right(sum_of(frame.subspan(kIpOffset, header_length)))
             ? Verdict::kForward
             : Verdict::kBadIpv4Checksum;
}

Verdict classify_udp(std::size_t ip_payload, Packet& packet, FlowKey& key) {
  if (ip_payload < sizeof(UdpHeader)) return Verdict::kBadUdpLength;
  const auto udp = load<UdpHeader>(packet.frame + packet.udp_offset);
  packet.udp_length = udp.length.host();
  packet.source_port = udp.source_port;
  packet.udp_checksum = udp.checksum;
  key.udp_port = udp.destination_port;
  if (packet.udp_length < sizeof(UdpHeader) || packet.udp_length > ip_payload) {
    return Verdict::kBadUdpLength;
  }
  return udp.source_port.raw == 0 ? Verdict::kBadUdpPort : Verdict::kForward;
}

Verdict classify_ipv4(std::span<const std::byte> frame, const rte_mbuf& mbuf, const LocalPort& port,
                      const Shared& shared, Packet& packet, FlowKey& key) {
  if (frame.size() < kIpOffset + sizeof(Ipv4Header)) return Verdict::kShortFrame;
  const auto ip = load<Ipv4Header>(frame.data() + kIpOffset);
  const auto header = check_ipv4_header(ip, frame, mbuf, port);
  if (header != Verdict::kForward) return header;
  const auto* local = find_address(port, ip.destination);
  if (local == nullptr) return why_not_ours(port, ip.destination);
  if (is_own(shared, ip.source)) return Verdict::kOwnAddress;
  if (is_bad_source(ip.source)) return Verdict::kBadIpv4Source;
  if (ip.ttl == 0) return Verdict::kTtlExpired;
  if (ip.is_fragment()) return Verdict::kFragment;
  if (ip.protocol == kProtocolIcmp) return Verdict::kPunt;
  if (ip.protocol != kProtocolUdp) return Verdict::kOtherProtocol;
  packet.ip_offset = kIpOffset;
  packet.udp_offset = static_cast<std::uint16_t>(kIpOffset + ip.header_length());
  packet.source_ip = ip.source;
  key = {local->index, {}, {}};
  return classify_udp(ip.total_length.host() - ip.header_length(), packet, key);
}

Verdict classify_frame(std::span<const std::byte> frame, const rte_mbuf& mbuf,
                       const LocalPort& port, const Shared& shared, Packet& packet, FlowKey& key) {
  if (mbuf.nb_segs != 1) return Verdict::kMultiSegment;
  if (frame.size() < sizeof(EthernetHeader)) return Verdict::kShortFrame;
  const auto ethernet = load<EthernetHeader>(frame.data());
  if (ethernet.source.is_multicast()) return Verdict::kBadSourceMac;
  const bool to_us = ethernet.destination == port.mac;
  if (to_us && ethernet.ether_type == be16(kEtherTypeIpv4)) {
    return classify_ipv4(frame, mbuf, port, shared, packet, key);
  }
  if (ethernet.ether_type == be16(kEtherTypeArp) &&
      (to_us || ethernet.destination == kBroadcastMac)) {
    return classify_arp(frame, port);
  }
  if (ethernet.destination.is_multicast()) return Verdict::kMulticast;
  if (!to_us) return Verdict::kNotOurMac;
  if (ethernet.ether_type == be16(kEtherTypeVlan)) return Verdict::kVlanTag;
  if (ethernet.ether_type == be16(kEtherTypeIpv6)) return Verdict::kIpv6;
  return Verdict::kOtherEtherType;
}

}  // namespace

void classify(Burst& burst, const LocalPort& port, const Shared& shared) {
  burst.active_count = 0;
  for (std::uint32_t i = 0; i < burst.count; ++i) {
    rte_prefetch0(rte_pktmbuf_mtod(burst.mbufs[i], void*));
  }
  for (std::uint32_t i = 0; i < burst.count; ++i) {
    rte_mbuf& mbuf = *burst.mbufs[i];
    auto& packet = burst.packets[i];
    packet.frame = rte_pktmbuf_mtod(&mbuf, std::byte*);
    const auto verdict =
        classify_frame({packet.frame, mbuf.data_len}, mbuf, port, shared, packet, burst.keys[i]);
    burst.verdicts[i] = verdict;
    burst.active[burst.active_count] = static_cast<std::uint8_t>(i);
    burst.active_count += verdict == Verdict::kForward ? 1 : 0;
  }
}

}  // namespace mediaplane
