// SPDX-License-Identifier: BSD-2-Clause
#include "dataplane/housekeeper/icmp6.h"

#include <cstring>

#include "dataplane/net/checksum.h"
#include "dataplane/net/ipv6.h"

namespace mediaplane {
namespace {

constexpr std::size_t kIpOffset = sizeof(EthernetHeader);
constexpr std::size_t kPayloadOffset = kIpOffset + sizeof(Ipv6Header);
constexpr std::uint8_t kHopLimit = 64;

bool is_checksum_of_message_right(const Ipv6Header& ip, std::span<const std::byte> message) {
  const auto addresses = sum_of(ip.source) + sum_of(ip.destination);
  const auto length = static_cast<std::uint32_t>(message.size());
  return is_checksum_right(pseudo_header_sum(addresses, kProtocolIcmp6, length) + sum_of(message));
}

Verdict verdict_of(const IcmpHeader& icmp) {
  switch (icmp.type) {
    case kNeighbourSolicitation:
    case kNeighbourAdvertisement:
      return Verdict::kPunt;
    case kIcmp6EchoRequest:
      return icmp.code == 0 ? Verdict::kPunt : Verdict::kNotForSlowPath;
    default:
      return Verdict::kNotForSlowPath;
  }
}

}  // namespace

Icmp6Reading read_icmp6(std::span<const std::byte> frame) {
  if (frame.size() < kPayloadOffset) return {};
  const auto ip = load<Ipv6Header>(frame.data() + kIpOffset);
  const auto behind = frame.subspan(kPayloadOffset);
  if (ip.payload_length.host() > behind.size()) return {};
  const auto payload = behind.first(ip.payload_length.host());
  const auto upper = find_upper_layer(ip.next_header, payload);
  if (upper.kind != UpperLayer::Kind::kFound || upper.protocol != kProtocolIcmp6) return {};
  const auto message = payload.subspan(upper.offset);
  if (message.size() < sizeof(IcmpHeader) || !is_checksum_of_message_right(ip, message)) return {};
  const auto icmp = load<IcmpHeader>(message.data());
  return {verdict_of(icmp), icmp.type, static_cast<std::uint16_t>(kPayloadOffset + upper.offset),
          static_cast<std::uint16_t>(message.size())};
}

std::size_t answer_echo6(std::span<std::byte> frame, const Icmp6Reading& reading) {
  const auto ethernet = load<EthernetHeader>(frame.data());
  store(frame.data(), EthernetHeader{ethernet.source, ethernet.destination, ethernet.ether_type});
  const auto ip = load<Ipv6Header>(frame.data() + kIpOffset);
  store(frame.data() + kIpOffset, Ipv6Header{version_and_class(0), be16(reading.length),
                                             kProtocolIcmp6, kHopLimit, ip.destination, ip.source});
  auto* icmp_at = frame.data() + kPayloadOffset;
  std::memmove(icmp_at, frame.data() + reading.offset, reading.length);
  auto icmp = load<IcmpHeader>(icmp_at);
  icmp.type = kIcmp6EchoReply;
  icmp.checksum = updated_checksum(icmp.checksum, removal_of(PartialSum{kIcmp6EchoRequest}),
                                   PartialSum{kIcmp6EchoReply});
  store(icmp_at, icmp);
  return kPayloadOffset + reading.length;
}

}  // namespace mediaplane
