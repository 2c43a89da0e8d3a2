// SPDX-License-Identifier: BSD-2-Clause
#include "dataplane/housekeeper/fragment.h"

#include "dataplane/net/headers.h"
#include "dataplane/net/ipv6.h"

namespace mediaplane {
namespace {

std::optional<Fragment> read_ipv4(std::span<const std::byte> packet) {
  const auto ip = load<Ipv4Header>(packet.data());
  if (!ip.is_fragment()) return std::nullopt;
  Fragment fragment;
  fragment.source = IpAddress::from_ipv4(ip.source);
  fragment.destination = IpAddress::from_ipv4(ip.destination);
  fragment.id = ip.id.host();
  fragment.offset = (ip.fragment.host() & 0x1fffU) * 8;
  fragment.has_more = (ip.fragment.host() & 0x2000) != 0;
  fragment.hops = ip.ttl;
  fragment.bytes = packet.first(ip.total_length.host()).subspan(std::size_t{ip.header_length()});
  return fragment;
}

std::optional<Fragment> read_ipv6(std::span<const std::byte> packet) {
  const auto ip = load<Ipv6Header>(packet.data());
  const auto payload = packet.subspan(sizeof ip, ip.payload_length.host());
  const auto upper = find_upper_layer(ip.next_header, payload);
  if (upper.kind != UpperLayer::Kind::kFragment) return std::nullopt;
  const auto header = load<FragmentHeader>(payload.data() + upper.offset);
  Fragment fragment;
  fragment.source = IpAddress::from_ipv6(ip.source);
  fragment.destination = IpAddress::from_ipv6(ip.destination);
  fragment.id = header.id.host();
  fragment.offset = header.offset();
  fragment.has_more = header.has_more();
  fragment.hops = ip.hop_limit;
  fragment.bytes = payload.subspan(upper.offset + sizeof header);
  return fragment;
}

}  // namespace

std::optional<Fragment> read_fragment(std::span<const std::byte> frame) {
  const auto ethernet = load<EthernetHeader>(frame.data());
  const auto packet = frame.subspan(sizeof ethernet);
  std::optional<Fragment> fragment;
  if (ethernet.ether_type == be16(kEtherTypeIpv4)) fragment = read_ipv4(packet);
  if (ethernet.ether_type == be16(kEtherTypeIpv6)) fragment = read_ipv6(packet);
  if (fragment) fragment->source_mac = ethernet.source;
  return fragment;
}

}  // namespace mediaplane
