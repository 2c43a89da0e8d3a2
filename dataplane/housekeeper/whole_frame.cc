// SPDX-License-Identifier: BSD-2-Clause
#include "dataplane/housekeeper/whole_frame.h"

#include "dataplane/net/checksum.h"

namespace mediaplane {
namespace {

void write_ipv4(std::byte* at, const WholeDatagram& datagram) {
  Ipv4Header ip{};
  ip.version_ihl = 0x45;
  ip.total_length = be16(static_cast<std::uint16_t>(sizeof ip + datagram.bytes.size()));
  ip.ttl = datagram.hops;
  ip.protocol = kProtocolUdp;
  ip.source = datagram.source.ipv4();
  ip.destination = datagram.destination.ipv4();
  ip.checksum = checksum_of(sum_of(std::as_bytes(std::span(&ip, 1))));
  store(at, ip);
}

void write_ipv6(std::byte* at, const WholeDatagram& datagram) {
  Ipv6Header ip{};
  ip.version_class_flow = version_and_class(0);
  ip.payload_length = be16(static_cast<std::uint16_t>(datagram.bytes.size()));
  ip.next_header = kProtocolUdp;
  ip.hop_limit = datagram.hops;
  ip.source = datagram.source.bytes;
  ip.destination = datagram.destination.bytes;
  store(at, ip);
}

}  // namespace

void write_whole_frame(rte_mbuf& mbuf, const WholeDatagram& datagram, const MacAddress& our_mac) {
  const bool is_ipv4 = datagram.source.family == IpFamily::kIpv4;
  const auto headers = sizeof(EthernetHeader) + (is_ipv4 ? sizeof(Ipv4Header) : sizeof(Ipv6Header));
  mbuf.data_off = static_cast<std::uint16_t>(kUdpBegin - headers);
  mbuf.data_len = static_cast<std::uint16_t>(headers + datagram.bytes.size());
  mbuf.pkt_len = mbuf.data_len;
  mbuf.packet_type = RTE_PTYPE_L4_FRAG;
  auto* frame = rte_pktmbuf_mtod(&mbuf, std::byte*);
  store(frame, EthernetHeader{our_mac, datagram.source_mac,
                              be16(is_ipv4 ? kEtherTypeIpv4 : kEtherTypeIpv6)});
  (is_ipv4 ? write_ipv4 : write_ipv6)(frame + sizeof(EthernetHeader), datagram);
  std::copy(datagram.bytes.begin(), datagram.bytes.end(), frame + headers);
}

}  // namespace mediaplane
