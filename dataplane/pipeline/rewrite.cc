// SPDX-License-Identifier: BSD-2-Clause
#include "dataplane/pipeline/rewrite.h"

#include <rte_mbuf.h>

#include "dataplane/net/checksum.h"

namespace mediaplane {
namespace {

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

void rewrite_udp(const FlowEntry& entry, const Packet& packet) {
  auto* at = packet.frame + packet.udp_offset;
  auto udp = load<UdpHeader>(at);
  udp.source_port = entry.new_source_port;
  udp.destination_port = entry.new_destination_port;
  udp.checksum = updated_udp_checksum(
      udp.checksum, sum_of(packet.source_ip) + sum_of(packet.source_port), entry.udp_sum);
  store(at, udp);
}

void rewrite_ip(const FlowEntry& entry, const Packet& packet, std::uint16_t id) {
  const auto total_length = static_cast<std::uint16_t>(sizeof(Ipv4Header) + packet.udp_length);
  auto ip = new_header(entry, total_length, id);
  ip.checksum = checksum_of(PartialSum{entry.ip_sum} + sum_of(ip.total_length) + sum_of(ip.id));
  store(packet.frame + packet.udp_offset - sizeof(Ipv4Header), ip);
}

// Cuts IPv4 options and padding: the frame shall begin 34 bytes before the UDP header and end with
// the datagram.
void fit(rte_mbuf& mbuf, Packet& packet) {
  constexpr std::uint16_t kHeaders = sizeof(EthernetHeader) + sizeof(Ipv4Header);
  const auto options = static_cast<std::uint16_t>(packet.udp_offset - kHeaders);
  mbuf.data_off = static_cast<std::uint16_t>(mbuf.data_off + options);
  packet.frame += options;
  packet.udp_offset = kHeaders;
  packet.ip_offset = sizeof(EthernetHeader);
  const auto length = static_cast<std::uint16_t>(kHeaders + packet.udp_length);
  mbuf.data_len = length;
  mbuf.pkt_len = length;
}

void rewrite_headers(rte_mbuf& mbuf, Packet& packet, const FlowEntry& entry,
                     WorkerContext& context) {
  fit(mbuf, packet);
  rewrite_udp(entry, packet);
  rewrite_ip(entry, packet, context.next_ip_id++);
}

// The MACs. Without the next hop's the packet is the housekeeper's, who asks for it; but not while
// the next hop does not answer, or if there is none.
Verdict address(const Packet& packet, const FlowEntry& entry, const Shared& shared) {
  EthernetHeader ethernet{};
  const auto finding = shared.neighbours.find(entry.neighbour, ethernet.destination);
  ethernet.source = shared.ports[entry.egress_port].mac;
  ethernet.ether_type = be16(kEtherTypeIpv4);
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
  packet.source_ip = entry.new_source_ip;
  packet.source_port = entry.new_source_port;
  packet.udp_checksum = load<UdpHeader>(packet.frame + packet.udp_offset).checksum;
  key = {entry.own_address, entry.new_destination_port, {}};
}

}  // namespace

void precompute_sums(FlowEntry& entry, Be32 local_ip, Be16 local_port) {
  const auto ip = new_header(entry, 0, 0);
  entry.ip_sum = folded(sum_of(std::as_bytes(std::span(&ip, 1))));
  const auto added = sum_of(entry.new_source_ip) + sum_of(entry.new_destination_ip) +
                     sum_of(entry.new_source_port) + sum_of(entry.new_destination_port);
  const auto removed = folded(sum_of(local_ip) + sum_of(local_port));
  entry.udp_sum = folded(added + static_cast<std::uint16_t>(~removed));
}

std::uint16_t header_length(const FlowEntry&) {
  return sizeof(EthernetHeader) + sizeof(Ipv4Header);
}

Verdict write_headers(std::byte* frame, std::size_t payload_length, const FlowEntry& entry,
                      std::uint16_t ip_id, const Shared& shared) {
  Packet packet{};
  packet.frame = frame;
  packet.ip_offset = sizeof(EthernetHeader);
  packet.udp_offset = header_length(entry);
  packet.udp_length = static_cast<std::uint16_t>(sizeof(UdpHeader) + payload_length);
  auto* at = frame + packet.udp_offset;
  UdpHeader udp{entry.new_source_port, entry.new_destination_port, be16(packet.udp_length), {}};
  store(at, udp);
  const auto addresses = sum_of(entry.new_source_ip) + sum_of(entry.new_destination_ip);
  udp.checksum =
      as_udp_checksum(checksum_of(pseudo_header_sum(addresses, kProtocolUdp, packet.udp_length) +
                                  sum_of({at, std::size_t{packet.udp_length}})));
  store(at, udp);
  rewrite_ip(entry, packet, ip_id);
  return address(packet, entry, shared);
}

void rewrite(Burst& burst, WorkerContext& context) {
  burst.filter([&](std::uint8_t i) {
    auto& packet = burst.packets[i];
    const auto& entry = *burst.entries[i];
    if (sizeof(Ipv4Header) + packet.udp_length > entry.egress_mtu) {
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
