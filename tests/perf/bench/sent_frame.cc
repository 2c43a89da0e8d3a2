// SPDX-License-Identifier: BSD-2-Clause
#include "tests/perf/bench/sent_frame.h"

#include "dataplane/net/checksum.h"
#include "dataplane/net/headers.h"
#include "tests/perf/bench/cookie.h"

namespace mediaplane::bench {
namespace {

constexpr std::size_t kIpv6Longer = sizeof(Ipv6Header) - sizeof(Ipv4Header);

}  // namespace

std::optional<SentFrame> sent_frame(std::span<const std::byte> frame) {
  if (frame.size() < kLeastFrameBytes) return std::nullopt;
  const auto ether_type = load<EthernetHeader>(frame.data()).ether_type;
  const bool is_ipv4 = ether_type == be16(kEtherTypeIpv4);
  if (!is_ipv4 && ether_type != be16(kEtherTypeIpv6)) return std::nullopt;
  if (!is_ipv4 && frame.size() < kLeastFrameBytes + kIpv6Longer) return std::nullopt;
  const auto* ip_at = frame.data() + sizeof(EthernetHeader);
  SentFrame sent;
  PartialSum addresses = 0;
  bool is_header_right = false;
  if (is_ipv4) {
    const auto ip = load<Ipv4Header>(ip_at);
    sent.udp = frame.subspan(sizeof(EthernetHeader) + sizeof ip);
    sent.sender.ip = IpAddress::from_ipv4(ip.source);
    sent.receiver.ip = IpAddress::from_ipv4(ip.destination);
    addresses = sum_of(ip.source) + sum_of(ip.destination);
    is_header_right = ip.version_ihl == 0x45 &&
                      ip.total_length.host() == frame.size() - sizeof(EthernetHeader) &&
                      is_checksum_right(sum_of(std::span(ip_at, sizeof ip)));
  } else {
    const auto ip = load<Ipv6Header>(ip_at);
    sent.udp = frame.subspan(sizeof(EthernetHeader) + sizeof ip);
    sent.sender.ip = {ip.source, IpFamily::kIpv6};
    sent.receiver.ip = {ip.destination, IpFamily::kIpv6};
    addresses = sum_of(ip.source) + sum_of(ip.destination);
    is_header_right = ip.version() == 6 && ip.next_header == kProtocolUdp &&
                      ip.payload_length.host() == sent.udp.size();
  }
  const auto udp = load<UdpHeader>(sent.udp.data());
  sent.sender.udp_port = udp.source_port.host();
  sent.receiver.udp_port = udp.destination_port.host();
  const auto length = static_cast<std::uint32_t>(sent.udp.size());
  sent.is_sound =
      is_header_right && udp.length.host() == length && udp.checksum.raw != 0 &&
      is_checksum_right(pseudo_header_sum(addresses, kProtocolUdp, length) + sum_of(sent.udp));
  return sent;
}

}  // namespace mediaplane::bench
