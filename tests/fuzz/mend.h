// SPDX-License-Identifier: BSD-2-Clause
// Makes checksums of a fuzzed frame right as far as its lengths allow, whatever else it is.
#pragma once

#include <algorithm>
#include <span>

#include "dataplane/net/checksum.h"
#include "dataplane/net/headers.h"

namespace mediaplane::test {

inline constexpr std::size_t kIpBegin = sizeof(EthernetHeader);

inline void mend_ipv4(std::span<std::byte> frame) {
  if (frame.size() < kIpBegin + sizeof(Ipv4Header)) return;
  auto ip = load<Ipv4Header>(frame.data() + kIpBegin);
  const auto length =
      std::clamp<std::size_t>(ip.header_length(), sizeof ip, frame.size() - kIpBegin);
  ip.checksum = Be16{0};
  store(frame.data() + kIpBegin, ip);
  ip.checksum = checksum_of(sum_of(std::span<const std::byte>(frame).subspan(kIpBegin, length)));
  store(frame.data() + kIpBegin, ip);
}

// Of an ICMP message right behind an IPv4 header, or an ICMPv6 message that ends with the packet.
inline void mend_icmp(std::span<std::byte> frame) {
  if (frame.size() < kIpBegin + sizeof(Ipv6Header)) return;
  const bool is_ipv6 = load<EthernetHeader>(frame.data()).ether_type == be16(kEtherTypeIpv6);
  const auto* ip = frame.data() + kIpBegin;
  const auto ip4 = load<Ipv4Header>(ip);
  const auto ip6 = load<Ipv6Header>(ip);
  const auto begin = kIpBegin + (is_ipv6 ? sizeof ip6 : std::size_t{ip4.header_length()});
  const auto end = is_ipv6 ? begin + ip6.payload_length.host() : kIpBegin + ip4.total_length.host();
  if (end > frame.size() || begin + sizeof(IcmpHeader) > end) return;
  const auto message = frame.subspan(begin, end - begin);
  store(message.data() + 2, Be16{0});
  PartialSum sum = sum_of(message);
  if (is_ipv6) {
    sum = pseudo_header_sum(sum + sum_of(ip6.source) + sum_of(ip6.destination), kProtocolIcmp6,
                            static_cast<std::uint32_t>(message.size()));
  }
  store(message.data() + 2, checksum_of(sum));
}

}  // namespace mediaplane::test
