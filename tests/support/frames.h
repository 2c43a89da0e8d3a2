// SPDX-License-Identifier: BSD-2-Clause
// Frames for tests, benchmarks and fuzzers: whole Ethernet frames as plain bytes, made from a few
// facts, right in everything that is not set otherwise.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "dataplane/net/checksum.h"
#include "dataplane/net/headers.h"
#include "dataplane/net/rtp.h"

namespace mediaplane::test {

using Frame = std::vector<std::byte>;

inline constexpr MacAddress kPhoneMac{{0x02, 0, 0, 0, 0, 0x10}};
inline constexpr MacAddress kRelayMac{{0x02, 0, 0, 0, 0, 0x01}};
inline constexpr MacAddress kLanMac{{0x02, 0, 0, 0, 1, 0x01}};  // Of the relay's second port.

struct UdpSpec {
  MacAddress source_mac = kPhoneMac;
  MacAddress destination_mac = kRelayMac;
  const char* source_ip = "198.18.0.10";
  const char* destination_ip = "198.18.0.1";
  std::uint16_t source_port = 4000;
  std::uint16_t destination_port = 35000;
  std::vector<std::byte> payload = std::vector<std::byte>(160, std::byte{0x55});
  std::size_t ip_options = 0;  // Bytes of no-operation options, a multiple of 4.
  bool udp_checksum = true;
};

inline Be32 ipv4(const char* text) { return parse_ip(text)->ipv4(); }

// A 12-byte RTP header and `media` bytes.
inline std::vector<std::byte> rtp_payload(std::uint32_t ssrc, std::uint16_t sequence,
                                          std::size_t media = 160) {
  RtpHeader header{};
  header.version_flags = 0x80;
  header.sequence = be16(sequence);
  header.timestamp = be32(sequence * 160U);
  header.ssrc = be32(ssrc);
  std::vector<std::byte> payload(sizeof header + media, std::byte{0xd5});
  store(payload.data(), header);
  return payload;
}

inline std::size_t udp_offset_of(const Frame& frame) {
  return sizeof(EthernetHeader) +
         load<Ipv4Header>(frame.data() + sizeof(EthernetHeader)).header_length();
}

// Makes both checksums right after an edit.
inline void seal(Frame& frame, bool udp_checksum = true) {
  auto* ip_at = frame.data() + sizeof(EthernetHeader);
  auto ip = load<Ipv4Header>(ip_at);
  ip.checksum = Be16{0};
  store(ip_at, ip);
  ip.checksum = checksum_of(sum_of(std::span<const std::byte>(ip_at, ip.header_length())));
  store(ip_at, ip);
  auto* udp_at = frame.data() + udp_offset_of(frame);
  auto udp = load<UdpHeader>(udp_at);
  udp.checksum = Be16{0};
  store(udp_at, udp);
  if (!udp_checksum) return;
  const auto length = udp.length.host();
  udp.checksum = as_udp_checksum(checksum_of(
      pseudo_header_sum(sum_of(ip.source) + sum_of(ip.destination), kProtocolUdp, length) +
      sum_of(std::span<const std::byte>(udp_at, length))));
  store(udp_at, udp);
}

inline Frame udp_frame(const UdpSpec& spec) {
  const auto header = sizeof(Ipv4Header) + spec.ip_options;
  const auto udp_length = sizeof(UdpHeader) + spec.payload.size();
  Frame frame(sizeof(EthernetHeader) + header + udp_length, std::byte{1});  // 1 = no operation
  store(frame.data(), EthernetHeader{spec.destination_mac, spec.source_mac, be16(kEtherTypeIpv4)});
  Ipv4Header ip{};
  ip.version_ihl = static_cast<std::uint8_t>(0x40 | header / 4);
  ip.total_length = be16(static_cast<std::uint16_t>(header + udp_length));
  ip.id = be16(0x1234);
  ip.ttl = 63;
  ip.protocol = kProtocolUdp;
  ip.source = ipv4(spec.source_ip);
  ip.destination = ipv4(spec.destination_ip);
  store(frame.data() + sizeof(EthernetHeader), ip);
  auto* udp_at = frame.data() + sizeof(EthernetHeader) + header;
  store(udp_at, UdpHeader{be16(spec.source_port), be16(spec.destination_port),
                          be16(static_cast<std::uint16_t>(udp_length)), Be16{0}});
  std::copy(spec.payload.begin(), spec.payload.end(), udp_at + sizeof(UdpHeader));
  seal(frame, spec.udp_checksum);
  return frame;
}

}  // namespace mediaplane::test
