// SPDX-License-Identifier: BSD-2-Clause
#include "dataplane/housekeeper/nd.h"

#include "dataplane/net/checksum.h"

namespace mediaplane {
namespace {

constexpr std::size_t kIpOffset = sizeof(EthernetHeader);
constexpr std::size_t kMessageOffset = kIpOffset + sizeof(Ipv6Header);
constexpr std::uint8_t kHopLimit = 255;  // Which no router lets pass: it is a neighbour's.

struct Addressing {
  MacAddress mac_source{};
  MacAddress mac_destination{};
  Ipv6Bytes source{};
  Ipv6Bytes destination{};
};

struct Message {
  std::uint8_t type = 0;
  std::uint32_t flags = 0;
  Ipv6Bytes target{};
  std::uint8_t option = 0;  // Type of the one option, which tells our MAC; 0 = none.
};

std::uint16_t write_message(std::byte* frame, const Addressing& to, const Message& message) {
  const bool has_option = message.option != 0;
  const auto length = static_cast<std::uint16_t>(sizeof(NeighbourDiscoveryHeader) +
                                                 (has_option ? sizeof(LinkAddressOption) : 0));
  store(frame, EthernetHeader{to.mac_destination, to.mac_source, be16(kEtherTypeIpv6)});
  store(frame + kIpOffset, Ipv6Header{version_and_class(0), be16(length), kProtocolIcmp6, kHopLimit,
                                      to.source, to.destination});
  auto* at = frame + kMessageOffset;
  NeighbourDiscoveryHeader header{message.type, 0, Be16{0}, be32(message.flags), message.target};
  store(at, header);
  if (has_option) store(at + sizeof header, LinkAddressOption{message.option, 1, to.mac_source});
  header.checksum = checksum_of(
      pseudo_header_sum(sum_of(to.source) + sum_of(to.destination), kProtocolIcmp6, length) +
      sum_of({at, std::size_t{length}}));
  store(at, header);
  return static_cast<std::uint16_t>(kMessageOffset + length);
}

Addressing to_group(const Station& us, const Ipv6Bytes& group) {
  return {us.mac, multicast_mac_of(group), us.ip.bytes, group};
}

struct Options {
  bool sound = true;
  std::optional<MacAddress> source_link;
  std::optional<MacAddress> target_link;
};

// The link-layer addresses among the options; others are passed over. Each option takes 8 bytes or
// more, so the message bounds their number.
Options read_options(std::span<const std::byte> bytes) {
  Options options;
  while (!bytes.empty()) {
    if (bytes.size() < sizeof(LinkAddressOption)) return {false, {}, {}};
    const auto option = load<LinkAddressOption>(bytes.data());
    const std::size_t length = option.length * std::size_t{8};
    if (length == 0 || length > bytes.size()) return {false, {}, {}};
    if (option.type == kOptionSourceLink) options.source_link = option.mac;
    if (option.type == kOptionTargetLink) options.target_link = option.mac;
    bytes = bytes.subspan(length);
  }
  return options;
}

bool is_station(const MacAddress& mac) { return !mac.is_multicast() && !mac.is_zero(); }

// RFC 4861 section 7.1.1. Whoever probes for duplicates has no address and tells no MAC.
bool is_solicitation_sound(const Ipv6Header& ip, const Options& options) {
  if (!IpAddress::from_ipv6(ip.source).is_null()) return !is_never_a_source(ip.source);
  return ip.destination[0] == 0xff && !options.source_link;
}

// Section 7.1.2.
bool is_advertisement_sound(const Ipv6Header& ip, bool solicited) {
  return !is_never_a_source(ip.source) && !(solicited && ip.destination[0] == 0xff);
}

}  // namespace

std::uint16_t write_solicitation(std::byte* frame, const Station& us, const Ipv6Bytes& target,
                                 const MacAddress* known) {
  const auto to = known != nullptr ? Addressing{us.mac, *known, us.ip.bytes, target}
                                   : to_group(us, solicited_node_of(target));
  return write_message(frame, to, {kNeighbourSolicitation, 0, target, kOptionSourceLink});
}

std::uint16_t write_duplicate_probe(std::byte* frame, const Station& us) {
  auto to = to_group(us, solicited_node_of(us.ip.bytes));
  to.source = {};
  return write_message(frame, to, {kNeighbourSolicitation, 0, us.ip.bytes, 0});
}

std::uint16_t write_solicited_advertisement(std::byte* frame, const Station& us,
                                            const Station& asker) {
  return write_message(frame, {us.mac, asker.mac, us.ip.bytes, asker.ip.bytes},
                       {kNeighbourAdvertisement, kAdvertisementSolicited | kAdvertisementOverride,
                        us.ip.bytes, kOptionTargetLink});
}

std::uint16_t write_advertisement(std::byte* frame, const Station& us) {
  return write_message(
      frame, to_group(us, kAllNodes),
      {kNeighbourAdvertisement, kAdvertisementOverride, us.ip.bytes, kOptionTargetLink});
}

std::optional<Discovery> read_nd(std::span<const std::byte> frame, const Icmp6Reading& reading) {
  const auto ip = load<Ipv6Header>(frame.data() + kIpOffset);
  const auto message = frame.subspan(reading.offset, reading.length);
  if (ip.hop_limit != kHopLimit || message.size() < sizeof(NeighbourDiscoveryHeader)) {
    return std::nullopt;
  }
  const auto header = load<NeighbourDiscoveryHeader>(message.data());
  const auto options = read_options(message.subspan(sizeof header));
  if (header.code != 0 || header.target[0] == 0xff || !options.sound) return std::nullopt;
  const bool asks = header.type == kNeighbourSolicitation;
  const bool solicited = !asks && (header.flags.host() & kAdvertisementSolicited) != 0;
  const bool sound =
      asks ? is_solicitation_sound(ip, options) : is_advertisement_sound(ip, solicited);
  // An answer to a question that was sent to one station need not tell the MAC again.
  const auto ethernet = load<EthernetHeader>(frame.data());
  const auto mac = (asks ? options.source_link : options.target_link).value_or(ethernet.source);
  if (!sound || !is_station(mac)) return std::nullopt;
  const auto target = IpAddress::from_ipv6(header.target);
  if (asks) return Discovery{{mac, IpAddress::from_ipv6(ip.source)}, target, true, false};
  return Discovery{{mac, target}, IpAddress::from_ipv6(ip.destination), false, solicited};
}

}  // namespace mediaplane
