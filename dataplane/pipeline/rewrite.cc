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
  ip.checksum = checksum_of(SmallSum{entry.ip_sum} + total_length.raw + id.raw);
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
  auto* at = packet.udp;
  edit<UdpHeader>(at).checksum = Be16{0};
  return as_udp_checksum(
      checksum_of(pseudo_header_sum(addresses_sum(entry), kProtocolUdp, packet.udp_length) +
                  sum_of({at, std::size_t{packet.udp_length}})));
}

// How the sum of the UDP checksum changes. The entry knows all of it if it knows the source.
template <IpFamily in>
SmallSum udp_difference(const FlowEntry& entry, const Packet& packet) {
  if (entry.admission == Admission::kTaken) [[likely]]
    return entry.udp_sum;
  const auto port = removal_of(packet.source_port());
  if constexpr (in == IpFamily::kIpv4) {
    return folded(port + removal_of(packet.source_ip()) + entry.udp_sum);
  } else {
    return folded(port + removal_of(packet.source_ip6()) + entry.udp_sum);
  }
}

// While the old IP header still stands. The pseudo headers of both families have the same sum but
// for the addresses (RFC 8200 section 8.1), so the difference is right across families, too.
template <IpFamily in, IpFamily out>
[[gnu::always_inline]] inline void rewrite_udp(const FlowEntry& entry, const Packet& packet) {
  auto& udp = edit<UdpHeader>(packet.udp);
  const auto old = udp.checksum;
  const auto updated = updated_udp_checksum(old, udp_difference<in>(entry, packet));
  store(packet.udp, entry.new_ports);
  udp.checksum =
      out == IpFamily::kIpv6 && old.raw == 0 ? computed_checksum(entry, packet) : updated;
}

template <IpFamily out>
inline void rewrite_ip(const FlowEntry& entry, const Packet& packet, std::uint16_t& next_ip_id) {
  if constexpr (out == IpFamily::kIpv6) {
    write_ipv6(edit<Ipv6Header>(packet.ip()), entry, be16(packet.udp_length));
  } else {
    const auto total_length = static_cast<std::uint16_t>(sizeof(Ipv4Header) + packet.udp_length);
    write_ipv4(edit<Ipv4Header>(packet.ip()), entry, be16(total_length), be16(next_ip_id++));
  }
}

// Options, extension headers and padding go: the frame shall begin just so far before the UDP
// header that the new headers fit, and end with the datagram. Mostly it does.
template <IpFamily out>
[[gnu::always_inline]] inline void fit(Packet& packet) {
  constexpr int kHeaders = sizeof(EthernetHeader) + header_length(out);
  const auto cut = packet.udp - packet.frame - kHeaders;  // Negative if it grows.
  const auto length = static_cast<std::uint16_t>(kHeaders + packet.udp_length);
  auto& mbuf = *packet.mbuf;
  if (cut == 0 && mbuf.data_len == length) [[likely]]
    return;
  mbuf.data_off = static_cast<std::uint16_t>(mbuf.data_off + cut);
  mbuf.data_len = length;
  mbuf.pkt_len = length;
  packet.frame += cut;
}

template <IpFamily in, IpFamily out>
[[gnu::always_inline]] inline void rewrite_headers(Packet& packet, const FlowEntry& entry,
                                                   WorkerContext& context) {
  rewrite_udp<in, out>(entry, packet);
  fit<out>(packet);
  rewrite_ip<out>(entry, packet, context.next_ip_id);
}

void rewrite_by_families(Packet& packet, const FlowEntry& entry, WorkerContext& context) {
  constexpr auto k4 = IpFamily::kIpv4;
  constexpr auto k6 = IpFamily::kIpv6;
  if (packet.family == entry.out_family) {
    if (packet.family == k4) return rewrite_headers<k4, k4>(packet, entry, context);
    return rewrite_headers<k6, k6>(packet, entry, context);
  }
  if (packet.family == k4) return rewrite_headers<k4, k6>(packet, entry, context);
  return rewrite_headers<k6, k4>(packet, entry, context);
}

// The Ethernet header. Without the next hop's MAC the packet is the housekeeper's, who asks for it;
// but not while the next hop does not answer, or if there is none.
inline Verdict address(std::byte* frame, const FlowEntry& entry, const NeighbourMacs& neighbours) {
  const auto next_hop = neighbours.find(entry.neighbour);
  store(frame, next_hop.mac_word());
  store(frame + offsetof(EthernetHeader, source), entry.egress);
  if (next_hop.is_known()) [[likely]]
    return Verdict::kForward;
  return next_hop.is_silent() ? Verdict::kUnresolved : Verdict::kResolve;
}

// The packet goes to one of our own endpoints: to be looked up again, as if it had come from there.
void turn(Packet& packet, const FlowEntry& entry) {
  packet.family = entry.out_family;
  packet.key = {entry.own_address, entry.new_ports.destination, {}};
}

// What the egress MTU allows.
bool is_too_big(const Packet& packet, const FlowEntry& entry) {
  return header_length(entry.out_family) + packet.udp_length > entry.egress_mtu;
}

// A driver that leaves no headroom cannot have packets grow.
bool has_room(const Packet& packet, const FlowEntry& entry) {
  return header_length(entry.out_family) - (packet.udp - packet.ip()) <= packet.mbuf->data_off;
}

// What came in fragments may leave in fragments, and so may what IPv4 does not forbid to split.
bool may_be_split(const Packet& packet) {
  if ((packet.mbuf->packet_type & RTE_PTYPE_L4_MASK) == RTE_PTYPE_L4_FRAG) return true;
  return packet.family == IpFamily::kIpv4 && !view<Ipv4Header>(packet.ip()).must_not_be_split();
}

// Why an admitted packet is not sent on; kForward: it is; kSplit: it is, in fragments.
Verdict obstacle(const Packet& packet, const FlowEntry& entry) {
  if ((entry.extras & kHidden) != 0) return Verdict::kPromptPlaying;
  if (entry.out_family == IpFamily::kNone) return Verdict::kNoDestination;
  if (!has_room(packet, entry)) return Verdict::kTooBig;
  if (!is_too_big(packet, entry)) [[likely]]
    return Verdict::kForward;
  return may_be_split(packet) ? Verdict::kSplit : Verdict::kTooBig;
}

// Whatever the entry says; false if it is to be looked up again.
bool rewrite_any(Packet& packet, const FlowEntry& entry, WorkerContext& context) {
  const auto way = obstacle(packet, entry);
  if (is_drop(way)) {
    packet.end(way);
    abi::add(packet.statistics->dropped, std::uint32_t{1});
    return true;
  }
  rewrite_by_families(packet, entry, context);
  if (entry.to_ourselves) {
    turn(packet, entry);
    return false;
  }
  const auto addressed = address(packet.frame, entry, context.shared.neighbours);
  packet.end(way == Verdict::kSplit && !is_drop(addressed) ? way : addressed);
  return true;
}

bool is_plain(const Packet& packet, const FlowEntry& entry) {
  return entry.plain && sizeof(Ipv4Header) + packet.udp_length <= entry.egress_mtu;
}

// By a plain entry, and short enough.
inline void rewrite_plain(Packet& packet, const FlowEntry& entry, WorkerContext& context) {
  rewrite_headers<IpFamily::kIpv4, IpFamily::kIpv4>(packet, entry, context);
  packet.end(address(packet.frame, entry, context.shared.neighbours));
}

}  // namespace

void precompute(FlowEntry& entry, const IpAddress& local_ip, Be16 local_port) {
  if (entry.out_family == IpFamily::kIpv4) {
    Ipv4Header ip{};
    entry.ip_sum = 0;
    write_ipv4(ip, entry, Be16{0}, Be16{0});
    ip.checksum = Be16{0};
    entry.ip_sum = folded(sum_of(std::as_bytes(std::span(&ip, 1))));
  }
  const auto added =
      addresses_sum(entry) + sum_of(entry.new_ports.source) + sum_of(entry.new_ports.destination);
  auto removed = sum_of(local_ip) + sum_of(local_port);
  if (entry.admission == Admission::kTaken) {
    removed += sum_of(entry.source_ip) + sum_of(entry.source_ip6) + sum_of(entry.source_port);
  }
  entry.udp_sum = folded(added + removal_of(removed));
  const auto ether_type = entry.out_family == IpFamily::kIpv4 ? kEtherTypeIpv4 : kEtherTypeIpv6;
  entry.egress.ether_type = be16(ether_type);
  entry.plain = entry.admission == Admission::kTaken && !entry.unproved &&
                entry.family == IpFamily::kIpv4 && entry.out_family == IpFamily::kIpv4 &&
                !entry.to_ourselves && entry.extras == 0;
}

std::uint16_t headers_before_udp(const FlowEntry& entry) {
  return sizeof(EthernetHeader) + header_length(entry.out_family);
}

Verdict write_headers(std::byte* frame, std::size_t payload_length, const FlowEntry& entry,
                      std::uint16_t& next_ip_id, const Shared& shared) {
  Packet packet{};
  packet.frame = frame;
  packet.udp = frame + headers_before_udp(entry);
  packet.udp_length = static_cast<std::uint16_t>(sizeof(UdpHeader) + payload_length);
  auto& udp = edit<UdpHeader>(packet.udp);
  udp = {entry.new_ports.source, entry.new_ports.destination, be16(packet.udp_length), {}};
  udp.checksum = computed_checksum(entry, packet);
  if (entry.out_family == IpFamily::kIpv4) {
    rewrite_ip<IpFamily::kIpv4>(entry, packet, next_ip_id);
  } else {
    rewrite_ip<IpFamily::kIpv6>(entry, packet, next_ip_id);
  }
  return address(frame, entry, shared.neighbours);
}

bool rewrite(Burst& burst, WorkerContext& context) {
  bool again = false;
  burst.for_each_active([&](Packet& packet) {
    const auto& entry = *packet.entry;
    if (is_plain(packet, entry)) [[likely]] {
      rewrite_plain(packet, entry, context);
    } else if (!rewrite_any(packet, entry, context)) {
      again = true;
    }
  });
  return again;
}

}  // namespace mediaplane
