// SPDX-License-Identifier: BSD-2-Clause
#include "controlplane/media/recording_format.h"

#include <algorithm>

#include <sys/socket.h>

#include "dataplane/net/byte_order.h"
#include "dataplane/net/checksum.h"
#include "dataplane/net/headers.h"

namespace mediaplane {
namespace {

constexpr std::uint64_t kMicrosecondsPerSecond = 1000000;

// Addresses of 4 bytes lie in the first 4 of 16.
std::span<const std::byte> address_bytes(const IpAddress& address) {
  return std::as_bytes(std::span(address.bytes)).first(address.family == IpFamily::kIpv4 ? 4 : 16);
}

struct [[gnu::packed]] AdHocHead {
  std::uint16_t family;  // Host order, as the kernel numbers families.
  Be16 udp_port;
  std::array<std::uint8_t, 16> address;
  double seconds;  // Since 1970.
  std::uint16_t length;
};
static_assert(sizeof(AdHocHead) == kAdHocHeadBytes && offsetof(AdHocHead, seconds) == 20 &&
              offsetof(AdHocHead, length) == 28);

// All in host order: the first number tells a reader which one that is.
struct PcapFileHead {
  std::uint32_t magic = 0xa1b2c3d4;
  std::uint16_t major = 2;
  std::uint16_t minor = 4;
  std::int32_t time_zone = 0;
  std::uint32_t accuracy = 0;
  std::uint32_t longest = 65535;
  std::uint32_t link_type = 1;  // Ethernet
};
static_assert(sizeof(PcapFileHead) == kPcapFileHeadBytes);

struct PcapRecordHead {
  std::uint32_t seconds;
  std::uint32_t microseconds;
  std::uint32_t stored_length;
  std::uint32_t length;
};
static_assert(sizeof(PcapRecordHead) == 16);

constexpr std::uint8_t kHops = 64;

// Locally administered, the last bytes of the IP address behind it.
MacAddress made_up_mac(const IpAddress& address) {
  MacAddress mac{{0x02, 0, 0, 0, 0, 0}};
  const std::size_t from = address.family == IpFamily::kIpv4 ? 0 : 12;
  std::copy_n(address.bytes.begin() + static_cast<std::ptrdiff_t>(from), 4, mac.bytes.begin() + 2);
  return mac;
}

Ipv4Header ipv4_header(const RecordedPacket& packet, std::uint16_t udp_length) {
  Ipv4Header ip{};
  ip.version_ihl = 0x45;
  ip.total_length = be16(static_cast<std::uint16_t>(sizeof ip + udp_length));
  ip.ttl = kHops;
  ip.protocol = kProtocolUdp;
  ip.source = packet.source.ip.ipv4();
  ip.destination = packet.destination.ip.ipv4();
  ip.checksum = checksum_of(sum_of(std::as_bytes(std::span<const Ipv4Header, 1>(&ip, 1))));
  return ip;
}

Ipv6Header ipv6_header(const RecordedPacket& packet, std::uint16_t udp_length) {
  return {version_and_class(0),   be16(udp_length),           kProtocolUdp, kHops,
          packet.source.ip.bytes, packet.destination.ip.bytes};
}

UdpHeader udp_header(const RecordedPacket& packet, std::uint16_t udp_length) {
  UdpHeader udp{be16(packet.source.udp_port), be16(packet.destination.udp_port), be16(udp_length),
                Be16{}};
  const auto addresses = sum_of(packet.source.ip.bytes) + sum_of(packet.destination.ip.bytes);
  const auto sum = pseudo_header_sum(addresses, kProtocolUdp, udp_length) +
                   sum_of(std::as_bytes(std::span<const UdpHeader, 1>(&udp, 1))) +
                   sum_of(packet.payload);
  udp.checksum = as_udp_checksum(checksum_of(sum));
  return udp;
}

}  // namespace

void RecordHead::append_bytes(std::span<const std::byte> more) {
  std::copy(more.begin(), more.end(), bytes_.begin() + static_cast<std::ptrdiff_t>(length_));
  length_ += more.size();
}

RecordHead ad_hoc_head(const RecordedPacket& packet) {
  const bool is_ipv4 = packet.source.ip.family == IpFamily::kIpv4;
  AdHocHead head{};
  head.family = is_ipv4 ? AF_INET : AF_INET6;
  head.udp_port = be16(packet.source.udp_port);
  const auto address = address_bytes(packet.source.ip);
  std::copy(address.begin(), address.end(),
            std::as_writable_bytes(std::span(head.address)).begin());
  head.seconds = static_cast<double>(packet.microseconds) / double{kMicrosecondsPerSecond};
  head.length = static_cast<std::uint16_t>(packet.payload.size());
  RecordHead bytes;
  bytes.append(head);
  return bytes;
}

RecordHead pcap_head(const RecordedPacket& packet) {
  const bool is_ipv4 = packet.source.ip.family == IpFamily::kIpv4;
  const auto udp_length = static_cast<std::uint16_t>(sizeof(UdpHeader) + packet.payload.size());
  const auto frame = static_cast<std::uint32_t>(
      sizeof(EthernetHeader) + (is_ipv4 ? sizeof(Ipv4Header) : sizeof(Ipv6Header)) + udp_length);
  RecordHead bytes;
  bytes.append(PcapRecordHead{
      static_cast<std::uint32_t>(packet.microseconds / kMicrosecondsPerSecond),
      static_cast<std::uint32_t>(packet.microseconds % kMicrosecondsPerSecond), frame, frame});
  bytes.append(EthernetHeader{made_up_mac(packet.destination.ip), made_up_mac(packet.source.ip),
                              be16(is_ipv4 ? kEtherTypeIpv4 : kEtherTypeIpv6)});
  if (is_ipv4) {
    bytes.append(ipv4_header(packet, udp_length));
  } else {
    bytes.append(ipv6_header(packet, udp_length));
  }
  bytes.append(udp_header(packet, udp_length));
  return bytes;
}

RecordHead pcap_file_head() {
  RecordHead bytes;
  bytes.append(PcapFileHead{});
  return bytes;
}

}  // namespace mediaplane
