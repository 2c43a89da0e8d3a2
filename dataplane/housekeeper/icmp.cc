// SPDX-License-Identifier: BSD-2-Clause
#include "dataplane/housekeeper/icmp.h"

#include "dataplane/net/checksum.h"

namespace mediaplane {
namespace {

constexpr std::size_t kIpOffset = sizeof(EthernetHeader);
constexpr std::uint8_t kTtl = 64;

}  // namespace

IcmpReading read_icmp(std::span<const std::byte> frame) {
  IcmpReading reading;
  const auto ip = load<Ipv4Header>(frame.data() + kIpOffset);
  reading.header_length = static_cast<std::uint16_t>(ip.header_length());
  const auto length = std::size_t{ip.total_length.host()};
  if (length < reading.header_length + sizeof(IcmpHeader) || kIpOffset + length > frame.size()) {
    reading.verdict = Verdict::kBadIcmp;
    return reading;
  }
  reading.icmp_length = static_cast<std::uint16_t>(length - reading.header_length);
  const auto message = frame.subspan(kIpOffset + reading.header_length, reading.icmp_length);
  const auto icmp = load<IcmpHeader>(message.data());
  if (!is_checksum_right(sum_of(message))) {
    reading.verdict = Verdict::kBadIcmp;
  } else if (icmp.type != kIcmpEchoRequest || icmp.code != 0) {
    reading.verdict = Verdict::kNotForSlowPath;
  }
  return reading;
}

std::size_t answer_echo(std::span<std::byte> frame, const IcmpReading& reading) {
  const auto ethernet = load<EthernetHeader>(frame.data());
  store(frame.data(), EthernetHeader{ethernet.source, ethernet.destination, ethernet.ether_type});

  auto* ip_at = frame.data() + kIpOffset;
  auto ip = load<Ipv4Header>(ip_at);
  const Be32 asker = ip.source;
  ip.source = ip.destination;
  ip.destination = asker;
  ip.ttl = kTtl;
  ip.checksum = Be16{0};
  store(ip_at, ip);
  ip.checksum = checksum_of(sum_of(frame.subspan(kIpOffset, reading.header_length)));
  store(ip_at, ip);

  auto* icmp_at = ip_at + reading.header_length;
  auto icmp = load<IcmpHeader>(icmp_at);
  icmp.type = kIcmpEchoReply;
  icmp.checksum = updated_checksum(icmp.checksum, removal_of(PartialSum{kIcmpEchoRequest}), 0);
  store(icmp_at, icmp);
  return kIpOffset + reading.header_length + reading.icmp_length;
}

}  // namespace mediaplane
