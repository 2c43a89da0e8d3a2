// SPDX-License-Identifier: BSD-2-Clause
#include "dataplane/pipeline/rewrite.h"

#include <rte_mbuf.h>

#include "dataplane/net/checksum.h"

namespace mediaplane {
namespace {

constexpr std::uint16_t header_length(IpFamily family) {
  return family == IpFamily::kIpv4 ? sizeof(Ipv4Header) : sizeof(Ipv6Header);
}

void write_ipv4(Ipv4Header& ip, const FlowEntry& entry, Be16 total_length, Be16 id) {
  ip.version_ihl = 0x45;
  ip.tos = entry.tos;
  ip.total_length = total_length;
  ip.id = id;
  ip.fragment = Be16{0};
  ip.ttl = kTtl;
  ip.protocol = kProtocolUdp;
  ip.checksum = checksum_of(PartialSum{entry.ip_sum} + sum_of(total_length) + sum_of(id));
  store(reinterpret_cast<std::byte*>(&ip) + offsetof(Ipv4Header, source), entry.new_ips);
}

void write_ipv6(Ipv6Header& ip, const FlowEntry& entry, Be16 payload_length) {
  ip.version_class_flow = version_and_class(entry.tos);
  ip.payload_length = payload_length;
  ip.next_header = kProtocolUdp;
  ip.hop_limit = kTtl;
  ip.source = entry.new_source_ip6;
  ip.destination = entry.new_destination_ip6;
}

PartialSum addresses_sum(const FlowEntry& entry) {
  return entry.out_family == IpFamily::kIpv4
             ? sum_of(entry.new_ips.source) + sum_of(entry.new_ips.destination)
             : sum_of(entry.new_source_ip6) + sum_of(entry.new_destination_ip6);
}

// The whole sum. All other fields of the header are new already.
Be16 computed_checksum(const FlowEntry& entry, const Packet& packet) {
  auto* at = packet.frame + packet.udp_offset;
  edit<UdpHeader>(at).checksum = Be16{0};
  return as_udp_checksum(
      checksum_of(pseudo_header_sum(addresses_sum(entry), kProtocolUdp, packet.udp_length) +
                  sum_of({at, std::size_t{packet.udp_length}})));
}

// The packet's own source, to be taken out of its UDP checksum.
template <IpFamily in>
PartialSum source_removal(const Packet& packet) {
  if constexpr (in == IpFamily::kIpv4) {
    return removal_of(packet.source_ip) + removal_of(packet.source_port);
  } else {
    return removal_of(packet.source_ip6()) + removal_of(packet.source_port);
  }
}

// While the old IP header still stands. The pseudo headers of both families have the same sum but
// for the addresses (RFC 8200 section 8.1), so the difference is right across families, too.
template <IpFamily in, IpFamily out>
void rewrite_udp(const FlowEntry& entry, const Packet& packet) {
  auto* at = packet.frame + packet.udp_offset;
  store(at, entry.new_ports);
  auto& checksum = edit<UdpHeader>(at).checksum;
  if (out == IpFamily::kIpv6 && packet.udp_checksum.raw == 0) {
    checksum = computed_checksum(entry, packet);
  } else {
    checksum = updated_udp_checksum(packet.udp_checksum, source_removal<in>(packet), entry.udp_sum);
  }
}

template <IpFamily out>
inline void rewrite_ip(const FlowEntry& entry, const Packet& packet, std::uint16_t& next_ip_id) {
  auto* at = packet.frame + sizeof(EthernetHeader);
  if constexpr (out == IpFamily::kIpv6) {
    write_ipv6(edit<Ipv6Header>(at), entry, be16(packet.udp_length));
  } else {
    const auto total_length = static_cast<std::uint16_t>(sizeof(Ipv4Header) + packet.udp_length);
    write_ipv4(edit<Ipv4Header>(at), entry, be16(total_length), be16(next_ip_id++));
  }
}

// Options, extension headers and padding go: the frame shall begin just so far before the UDP
// header that the new headers fit, and end with the datagram. Mostly it does.
template <IpFamily out>
void fit(rte_mbuf& mbuf, Packet& packet) {
  constexpr int kHeaders = sizeof(EthernetHeader) + header_length(out);
  const int cut = packet.udp_offset - kHeaders;  // Negative if it grows.
  const auto length = static_cast<std::uint16_t>(kHeaders + packet.udp_length);
  if (cut == 0 && mbuf.data_len == length) return;
  mbuf.data_off = static_cast<std::uint16_t>(mbuf.data_off + cut);
  mbuf.data_len = length;
  mbuf.pkt_len = length;
  packet.frame += cut;
  packet.udp_offset = kHeaders;
  packet.ip_offset = sizeof(EthernetHeader);
}

template <IpFamily in, IpFamily out>
void rewrite_headers(rte_mbuf& mbuf, Packet& packet, const FlowEntry& entry,
                     WorkerContext& context) {
  rewrite_udp<in, out>(entry, packet);
  fit<out>(mbuf, packet);
  rewrite_ip<out>(entry, packet, context.next_ip_id);
}

void rewrite_between_families(rte_mbuf& mbuf, Packet& packet, const FlowEntry& entry,
                              WorkerContext& context) {
  constexpr auto k4 = IpFamily::kIpv4;
  constexpr auto k6 = IpFamily::kIpv6;
  if (packet.family == entry.out_family) {
    rewrite_headers<k6, k6>(mbuf, packet, entry, context);
  } else if (packet.family == k4) {
    rewrite_headers<k4, k6>(mbuf, packet, entry, context);
  } else {
    rewrite_headers<k6, k4>(mbuf, packet, entry, context);
  }
}

// The MACs. Without the next hop's the packet is the housekeeper's, who asks for it; but not while
// the next hop does not answer, or if there is none.
inline Verdict address(const Packet& packet, const FlowEntry& entry, const Shared& shared) {
  const auto next_hop = shared.neighbours.find(entry.neighbour);
  const auto ether_type =
      be16(entry.out_family == IpFamily::kIpv4 ? kEtherTypeIpv4 : kEtherTypeIpv6);
  store(packet.frame, next_hop.mac_word());
  store(packet.frame + offsetof(EthernetHeader, source),
        shared.ports[entry.egress_port].mac.word() | std::uint64_t{ether_type.raw} << 48);
  if (next_hop.is_known()) [[likely]]
    return Verdict::kForward;
  return next_hop.is_silent() ? Verdict::kUnresolved : Verdict::kResolve;
}

// The packet goes to one of our own endpoints: to be looked up again, as if it had come from there.
void turn(Packet& packet, FlowKey& key, const FlowEntry& entry) {
  packet.family = entry.out_family;
  packet.source_ip = entry.new_ips.source;
  packet.source_port = entry.new_ports.source;
  packet.udp_checksum = view<UdpHeader>(packet.frame + packet.udp_offset).checksum;
  key = {entry.own_address, entry.new_ports.destination, {}};
}

// What the egress MTU allows.
bool is_too_big(const Packet& packet, const FlowEntry& entry) {
  return header_length(entry.out_family) + packet.udp_length > entry.egress_mtu;
}

// A driver that leaves no headroom cannot have packets grow.
bool has_room(const rte_mbuf& mbuf, const Packet& packet, const FlowEntry& entry) {
  const int headers = static_cast<int>(sizeof(EthernetHeader)) + header_length(entry.out_family);
  return headers - packet.udp_offset <= mbuf.data_off;
}

// What came in fragments may leave in fragments, and so may what IPv4 does not forbid to split.
bool may_be_split(const rte_mbuf& mbuf, const Packet& packet) {
  if ((mbuf.packet_type & RTE_PTYPE_L4_MASK) == RTE_PTYPE_L4_FRAG) return true;
  return packet.family == IpFamily::kIpv4 &&
         !view<Ipv4Header>(packet.frame + packet.ip_offset).must_not_be_split();
}

// Why an admitted packet is not sent on; kForward: it is; kSplit: it is, in fragments.
Verdict obstacle(const rte_mbuf& mbuf, const Packet& packet, const FlowEntry& entry) {
  if ((entry.extras & kHidden) != 0) return Verdict::kPromptPlaying;
  if (entry.out_family == IpFamily::kNone) return Verdict::kNoDestination;
  if (!has_room(mbuf, packet, entry)) return Verdict::kTooBig;
  if (!is_too_big(packet, entry)) [[likely]]
    return Verdict::kForward;
  return may_be_split(mbuf, packet) ? Verdict::kSplit : Verdict::kTooBig;
}

}  // namespace

void precompute_sums(FlowEntry& entry, const IpAddress& local_ip, Be16 local_port) {
  if (entry.out_family == IpFamily::kIpv4) {
    Ipv4Header ip{};
    entry.ip_sum = 0;
    write_ipv4(ip, entry, Be16{0}, Be16{0});
    ip.checksum = Be16{0};
    entry.ip_sum = folded(sum_of(std::as_bytes(std::span(&ip, 1))));
  }
  const auto added =
      addresses_sum(entry) + sum_of(entry.new_ports.source) + sum_of(entry.new_ports.destination);
  const auto removed = folded(sum_of(local_ip) + sum_of(local_port));
  entry.udp_sum = folded(added + static_cast<std::uint16_t>(~removed));
}

std::uint16_t headers_before_udp(const FlowEntry& entry) {
  return sizeof(EthernetHeader) + header_length(entry.out_family);
}

Verdict write_headers(std::byte* frame, std::size_t payload_length, const FlowEntry& entry,
                      std::uint16_t& next_ip_id, const Shared& shared) {
  Packet packet{};
  packet.frame = frame;
  packet.ip_offset = sizeof(EthernetHeader);
  packet.udp_offset = headers_before_udp(entry);
  packet.udp_length = static_cast<std::uint16_t>(sizeof(UdpHeader) + payload_length);
  auto& udp = edit<UdpHeader>(frame + packet.udp_offset);
  udp = {entry.new_ports.source, entry.new_ports.destination, be16(packet.udp_length), {}};
  udp.checksum = computed_checksum(entry, packet);
  if (entry.out_family == IpFamily::kIpv4) {
    rewrite_ip<IpFamily::kIpv4>(entry, packet, next_ip_id);
  } else {
    rewrite_ip<IpFamily::kIpv6>(entry, packet, next_ip_id);
  }
  return address(packet, entry, shared);
}

void rewrite(Burst& burst, WorkerContext& context) {
  burst.filter([&](std::uint8_t i) {
    auto& mbuf = *burst.mbufs[i];
    auto& packet = burst.packets[i];
    const auto& entry = *burst.entries[i];
    const auto verdict = obstacle(mbuf, packet, entry);
    if (verdict != Verdict::kForward && is_drop(verdict)) {
      burst.verdicts[i] = verdict;
      abi::add(burst.statistics[i]->dropped, std::uint32_t{1});
      return false;
    }
    if (packet.family == IpFamily::kIpv4 && entry.out_family == IpFamily::kIpv4) [[likely]] {
      rewrite_headers<IpFamily::kIpv4, IpFamily::kIpv4>(mbuf, packet, entry, context);
    } else {
      rewrite_between_families(mbuf, packet, entry, context);
    }
    if (entry.to_ourselves) {
      turn(packet, burst.keys[i], entry);
      return true;
    }
    burst.verdicts[i] = address(packet, entry, context.shared);
    if (verdict == Verdict::kSplit && !is_drop(burst.verdicts[i])) [[unlikely]] {
      burst.verdicts[i] = verdict;
    }
    return false;
  });
}

}  // namespace mediaplane
