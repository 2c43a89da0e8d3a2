// SPDX-License-Identifier: BSD-2-Clause
#include "dataplane/pipeline/rewrite.h"

#include <rte_mbuf.h>

#include "dataplane/net/checksum.h"

namespace mediaplane {
namespace {

constexpr std::uint16_t header_length(IpFamily family) {
  return family == IpFamily::kIpv4 ? sizeof(Ipv4Header) : sizeof(Ipv6Header);
}

Ipv4Header new_header(const FlowEntry& entry, std::uint16_t total_length, std::uint16_t id) {
  Ipv4Header ip{};
  ip.version_ihl = 0x45;
  ip.tos = entry.tos;
  ip.total_length = be16(total_length);
  ip.id = be16(id);
  ip.ttl = kTtl;
  ip.protocol = kProtocolUdp;
  ip.source = entry.new_source_ip;
  ip.destination = entry.new_destination_ip;
  return ip;
}

Ipv6Header new_header6(const FlowEntry& entry, std::uint16_t payload_length) {
  return {version_and_class(entry.tos), be16(payload_length),     kProtocolUdp, kTtl,
          entry.new_source_ip6,         entry.new_destination_ip6};
}

PartialSum addresses_sum(const FlowEntry& entry) {
  return entry.out_family == IpFamily::kIpv4
             ? sum_of(entry.new_source_ip) + sum_of(entry.new_destination_ip)
             : sum_of(entry.new_source_ip6) + sum_of(entry.new_destination_ip6);
}

// The whole sum, for a packet that has none yet.
Be16 computed_checksum(const FlowEntry& entry, const Packet& packet, UdpHeader udp) {
  std::byte* at = packet.frame + packet.udp_offset;
  udp.checksum = Be16{0};
  store(at, udp);
  return as_udp_checksum(
      checksum_of(pseudo_header_sum(addresses_sum(entry), kProtocolUdp, packet.udp_length) +
                  sum_of({at, std::size_t{packet.udp_length}})));
}

// While the old IP header still stands. The pseudo headers of both families have the same sum but
// for the addresses (RFC 8200 section 8.1), so the difference is right across families, too.
void rewrite_udp(const FlowEntry& entry, const Packet& packet) {
  auto* at = packet.frame + packet.udp_offset;
  auto udp = load<UdpHeader>(at);
  udp.source_port = entry.new_source_port;
  udp.destination_port = entry.new_destination_port;
  if (udp.checksum.raw == 0 && entry.out_family == IpFamily::kIpv6) {
    udp.checksum = computed_checksum(entry, packet, udp);
  } else {
    const auto source =
        packet.family == IpFamily::kIpv4 ? sum_of(packet.source_ip) : sum_of(packet.source_ip6());
    udp.checksum =
        updated_udp_checksum(udp.checksum, source + sum_of(packet.source_port), entry.udp_sum);
  }
  store(at, udp);
}

void rewrite_ip(const FlowEntry& entry, const Packet& packet, std::uint16_t& next_ip_id) {
  auto* at = packet.frame + packet.ip_offset;
  if (entry.out_family == IpFamily::kIpv6) {
    store(at, new_header6(entry, packet.udp_length));
    return;
  }
  const auto total_length = static_cast<std::uint16_t>(sizeof(Ipv4Header) + packet.udp_length);
  auto ip = new_header(entry, total_length, next_ip_id++);
  ip.checksum = checksum_of(PartialSum{entry.ip_sum} + sum_of(ip.total_length) + sum_of(ip.id));
  store(at, ip);
}

// Options, extension headers and padding go: the frame shall begin just so far before the UDP
// header that the new headers fit, and end with the datagram.
void fit(rte_mbuf& mbuf, Packet& packet, IpFamily out_family) {
  const int headers = static_cast<int>(sizeof(EthernetHeader)) + header_length(out_family);
  const int cut = packet.udp_offset - headers;  // Negative if it grows.
  mbuf.data_off = static_cast<std::uint16_t>(mbuf.data_off + cut);
  packet.frame += cut;
  packet.udp_offset = static_cast<std::uint16_t>(headers);
  packet.ip_offset = sizeof(EthernetHeader);
  const auto length = static_cast<std::uint16_t>(headers + packet.udp_length);
  mbuf.data_len = length;
  mbuf.pkt_len = length;
}

void rewrite_headers(rte_mbuf& mbuf, Packet& packet, const FlowEntry& entry,
                     WorkerContext& context) {
  rewrite_udp(entry, packet);
  fit(mbuf, packet, entry.out_family);
  rewrite_ip(entry, packet, context.next_ip_id);
}

// The MACs. Without the next hop's the packet is the housekeeper's, who asks for it; but not while
// the next hop does not answer, or if there is none.
Verdict address(const Packet& packet, const FlowEntry& entry, const Shared& shared) {
  EthernetHeader ethernet{};
  const auto finding = shared.neighbours.find(entry.neighbour, ethernet.destination);
  ethernet.source = shared.ports[entry.egress_port].mac;
  ethernet.ether_type = be16(entry.out_family == IpFamily::kIpv4 ? kEtherTypeIpv4 : kEtherTypeIpv6);
  store(packet.frame, ethernet);
  switch (finding) {
    case NeighbourMacs::Finding::kKnown:
      return Verdict::kForward;
    case NeighbourMacs::Finding::kUnknown:
      return Verdict::kResolve;
    case NeighbourMacs::Finding::kSilent:
      break;
  }
  return Verdict::kUnresolved;
}

void count_dropped(abi::FlowStatistics& statistics) {
  abi::add(statistics.dropped, std::uint32_t{1});
}

// The packet goes to one of our own endpoints: to be looked up again, as if it had come from there.
void turn(Packet& packet, FlowKey& key, const FlowEntry& entry) {
  packet.family = entry.out_family;
  packet.source_ip = entry.new_source_ip;
  packet.source_port = entry.new_source_port;
  packet.udp_checksum = load<UdpHeader>(packet.frame + packet.udp_offset).checksum;
  key = {entry.own_address, entry.new_destination_port, {}};
}

// What the egress MTU allows. A driver that leaves no headroom cannot have packets grow.
bool is_too_big(const rte_mbuf& mbuf, const Packet& packet, const FlowEntry& entry) {
  const int header = header_length(entry.out_family);
  const int growth = static_cast<int>(sizeof(EthernetHeader)) + header - packet.udp_offset;
  return header + packet.udp_length > entry.egress_mtu || growth > mbuf.data_off;
}

}  // namespace

void precompute_sums(FlowEntry& entry, const IpAddress& local_ip, Be16 local_port) {
  if (entry.out_family == IpFamily::kIpv4) {
    const auto ip = new_header(entry, 0, 0);
    entry.ip_sum = folded(sum_of(std::as_bytes(std::span(&ip, 1))));
  }
  const auto added =
      addresses_sum(entry) + sum_of(entry.new_source_port) + sum_of(entry.new_destination_port);
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
  UdpHeader udp{entry.new_source_port, entry.new_destination_port, be16(packet.udp_length), {}};
  udp.checksum = computed_checksum(entry, packet, udp);
  store(frame + packet.udp_offset, udp);
  rewrite_ip(entry, packet, next_ip_id);
  return address(packet, entry, shared);
}

void rewrite(Burst& burst, WorkerContext& context) {
  burst.filter([&](std::uint8_t i) {
    auto& packet = burst.packets[i];
    const auto& entry = *burst.entries[i];
    if (is_too_big(*burst.mbufs[i], packet, entry)) {
      burst.verdicts[i] = Verdict::kTooBig;
      count_dropped(context.shared.region.flow_statistics(entry.flow));
      return false;
    }
    rewrite_headers(*burst.mbufs[i], packet, entry, context);
    if (entry.to_ourselves) {
      turn(packet, burst.keys[i], entry);
      return true;
    }
    burst.verdicts[i] = address(packet, entry, context.shared);
    return false;
  });
}

}  // namespace mediaplane
