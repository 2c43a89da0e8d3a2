// SPDX-License-Identifier: BSD-2-Clause
#include "dataplane/pipeline/classify.h"

#include <algorithm>

#include <rte_mbuf.h>

#include "dataplane/net/checksum.h"
#include "dataplane/net/ipv6.h"
#include "dataplane/pipeline/recognise.h"

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

Verdict why_not_ours(const LocalPort& port, Be32 ip) {
  const bool to_many = ip.host() >> 28 == 0xe || ip.raw == 0xffffffff ||
                       std::any_of(port.addresses.begin(), port.addresses.end(),
                                   [&](const auto& address) { return address.broadcast == ip; });
  return to_many ? Verdict::kMulticast : Verdict::kNotOurAddress;
}

Verdict fate_of_fragment(std::uint8_t protocol) {
  return protocol == kProtocolUdp ? Verdict::kPunt : Verdict::kFragment;
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
  const auto* at = frame.data() + kIpOffset;
  const auto sum = header_length == sizeof(Ipv4Header)
                       ? sum_of_ipv4_header(at)
                       : sum_of(frame.subspan(kIpOffset, header_length));
  return is_checksum_right(sum) ? Verdict::kForward : Verdict::kBadIpv4Checksum;
}

Verdict classify_udp(std::size_t ip_payload, Packet& packet, FlowKey& key) {
  if (ip_payload < sizeof(UdpHeader)) return Verdict::kBadUdpLength;
  const auto& udp = view<UdpHeader>(packet.udp);
  packet.udp_length = udp.length.host();
  key.udp_port = udp.destination_port;
  if (packet.udp_length < sizeof(UdpHeader) || packet.udp_length > ip_payload) {
    return Verdict::kBadUdpLength;
  }
  return udp.source_port.raw == 0 ? Verdict::kBadUdpPort : Verdict::kForward;
}

Verdict classify_ipv4(std::span<const std::byte> frame, const rte_mbuf& mbuf, const LocalPort& port,
                      const Shared& shared, Packet& packet, FlowKey& key) {
  if (frame.size() < kIpOffset + sizeof(Ipv4Header)) return Verdict::kShortFrame;
  const auto& ip = view<Ipv4Header>(frame.data() + kIpOffset);
  const auto header = check_ipv4_header(ip, frame, mbuf, port);
  if (header != Verdict::kForward) return header;
  const auto* local = find_address(port.addresses, ip.destination);
  if (local == nullptr) return why_not_ours(port, ip.destination);
  if (is_own(shared, ip.source)) return Verdict::kOwnAddress;
  if (is_bad_source(ip.source)) return Verdict::kBadIpv4Source;
  if (ip.ttl == 0) return Verdict::kTtlExpired;
  if (ip.is_fragment()) return fate_of_fragment(ip.protocol);
  if (ip.protocol == kProtocolIcmp) return Verdict::kPunt;
  if (ip.protocol != kProtocolUdp) return Verdict::kOtherProtocol;
  packet.udp = packet.frame + kIpOffset + ip.header_length();
  packet.family = IpFamily::kIpv4;
  key = {local->index, {}, {}};
  return classify_udp(ip.total_length.host() - ip.header_length(), packet, key);
}

const LocalIpv6* find_address(const LocalPort& port, const Ipv6Bytes& ip) {
  for (const auto& address : port.addresses6) {
    if (address.ip == ip) return &address;
  }
  return nullptr;
}

bool is_own(const Shared& shared, const Ipv6Bytes& ip) {
  return std::find(shared.own_ipv6.begin(), shared.own_ipv6.end(), ip) != shared.own_ipv6.end();
}

// Neighbour discovery comes without extension headers, and its messages never from beyond a router.
bool is_neighbour_discovery(const Ipv6Header& ip, std::span<const std::byte> payload) {
  if (ip.next_header != kProtocolIcmp6 || ip.hop_limit != 255 || payload.empty()) return false;
  const auto type = std::to_integer<std::uint8_t>(payload[0]);
  return type == kNeighbourSolicitation || type == kNeighbourAdvertisement;
}

// Groups that we are in: those where neighbours ask for our addresses, and all nodes', where they
// announce theirs.
bool is_our_group(const LocalPort& port, const Ipv6Bytes& group) {
  return group == kAllNodes ||
         std::any_of(port.addresses6.begin(), port.addresses6.end(),
                     [&](const LocalIpv6& address) { return address.solicited_node == group; });
}

Verdict classify_upper_layer(const Ipv6Header& ip, std::span<const std::byte> payload,
                             Packet& packet, FlowKey& key) {
  const auto upper = find_upper_layer(ip.next_header, payload);
  if (upper.kind == UpperLayer::Kind::kFragment) return fate_of_fragment(upper.protocol);
  if (upper.kind == UpperLayer::Kind::kBadExtension) return Verdict::kBadIpv6Extension;
  if (upper.protocol == kProtocolIcmp6) return Verdict::kPunt;
  if (upper.protocol != kProtocolUdp) return Verdict::kOtherProtocol;
  packet.udp = packet.frame + kIpOffset + sizeof(Ipv6Header) + upper.offset;
  packet.family = IpFamily::kIpv6;
  const auto udp = classify_udp(payload.size() - upper.offset, packet, key);
  const bool lacks_checksum = udp == Verdict::kForward && packet.udp_checksum().raw == 0;
  return lacks_checksum ? Verdict::kNoUdpChecksum : udp;  // RFC 8200 section 8.1
}

Verdict classify_ipv6(std::span<const std::byte> frame, bool to_us, const LocalPort& port,
                      const Shared& shared, Packet& packet, FlowKey& key) {
  if (frame.size() < kIpOffset + sizeof(Ipv6Header)) return Verdict::kShortFrame;
  const auto& ip = view<Ipv6Header>(frame.data() + kIpOffset);
  if (ip.version() != 6) return Verdict::kBadIpv6Header;
  const auto behind = frame.subspan(kIpOffset + sizeof(Ipv6Header));
  if (ip.payload_length.host() > behind.size()) return Verdict::kBadIpv6Length;
  const auto payload = behind.first(ip.payload_length.host());
  const bool discovers = is_neighbour_discovery(ip, payload);
  if (ip.destination[0] == 0xff) {
    const bool is_for_us = discovers && is_our_group(port, ip.destination);
    return is_for_us ? Verdict::kPunt : Verdict::kMulticast;
  }
  const auto* local = find_address(port, ip.destination);
  if (local == nullptr) return Verdict::kNotOurAddress;
  if (!to_us) return Verdict::kMulticast;
  if (discovers) return Verdict::kPunt;  // Also from our own address: a conflict to be reported.
  if (is_own(shared, ip.source)) return Verdict::kOwnAddress;
  if (is_never_a_source(ip.source)) return Verdict::kBadIpv6Source;
  if (ip.hop_limit == 0) return Verdict::kTtlExpired;
  key = {local->index, {}, {}};
  return classify_upper_layer(ip, payload, packet, key);
}

}  // namespace

Verdict classify_frame(std::span<const std::byte> frame, const rte_mbuf& mbuf,
                       const LocalPort& port, const Shared& shared, Packet& packet) {
  auto& key = packet.key;
  if (mbuf.nb_segs != 1) return Verdict::kMultiSegment;
  if (frame.size() < sizeof(EthernetHeader)) return Verdict::kShortFrame;
  const auto& ethernet = view<EthernetHeader>(frame.data());
  if (ethernet.source.is_multicast()) return Verdict::kBadSourceMac;
  const bool to_us = ethernet.destination == port.mac;
  if (to_us && ethernet.ether_type == be16(kEtherTypeIpv4)) {
    return classify_ipv4(frame, mbuf, port, shared, packet, key);
  }
  if (ethernet.ether_type == be16(kEtherTypeArp) &&
      (to_us || ethernet.destination == kBroadcastMac)) {
    return classify_arp(frame, port);
  }
  if (ethernet.ether_type == be16(kEtherTypeIpv6) && !port.addresses6.empty() &&
      (to_us || ethernet.destination.is_multicast())) {
    return classify_ipv6(frame, to_us, port, shared, packet, key);
  }
  if (ethernet.destination.is_multicast()) return Verdict::kMulticast;
  if (!to_us) return Verdict::kNotOurMac;
  if (ethernet.ether_type == be16(kEtherTypeVlan)) return Verdict::kVlanTag;
  if (ethernet.ether_type == be16(kEtherTypeIpv6)) return Verdict::kIpv6;
  return Verdict::kOtherEtherType;
}

void classify(Burst& burst, const LocalPort& port, const Shared& shared) {
  const Recogniser recogniser(port, shared);
  const auto count = burst.count;
  for (std::uint32_t i = 0; i < count; ++i) {
    auto& mbuf = *burst.mbufs[i];
    auto& packet = burst.packets[i];
    packet.mbuf = &mbuf;
    packet.frame = rte_pktmbuf_mtod(&mbuf, std::byte*);
    packet.verdict = Verdict::kForward;
    packet.is_active = true;
    if (recogniser.is_usual(mbuf, packet)) [[likely]]
      continue;
    const auto verdict = classify_frame({packet.frame, mbuf.data_len}, mbuf, port, shared, packet);
    if (verdict != Verdict::kForward) packet.end(verdict);
  }
}

}  // namespace mediaplane
