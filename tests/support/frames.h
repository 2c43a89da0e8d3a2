// SPDX-License-Identifier: BSD-2-Clause
// Frames for tests, benchmarks and fuzzers: whole Ethernet frames as plain bytes, made from a few
// facts, right in everything that is not set otherwise.
#pragma once

#include <algorithm>
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

// The family is that of the addresses.
struct UdpSpec {
  MacAddress source_mac = kPhoneMac;
  MacAddress destination_mac = kRelayMac;
  const char* source_ip = "198.18.0.10";
  const char* destination_ip = "198.18.0.1";
  std::uint16_t source_port = 4000;
  std::uint16_t destination_port = 35000;
  std::vector<std::byte> payload = std::vector<std::byte>(160, std::byte{0x55});
  // Bytes of IPv4's no-operation options, a multiple of 4, or of a destination options header, a
  // multiple of 8.
  std::size_t ip_options = 0;
  bool udp_checksum = true;
  bool must_not_be_split = false;  // IPv4's DF.
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

inline constexpr std::size_t kIpAt = sizeof(EthernetHeader);

inline bool is_ipv6(const Frame& frame) {
  return load<EthernetHeader>(frame.data()).ether_type == be16(kEtherTypeIpv6);
}

// Of a frame that udp_frame() or the relay made.
inline std::size_t udp_offset_of(const Frame& frame) {
  if (!is_ipv6(frame)) return kIpAt + load<Ipv4Header>(frame.data() + kIpAt).header_length();
  const auto behind = kIpAt + sizeof(Ipv6Header);
  const bool is_plain = load<Ipv6Header>(frame.data() + kIpAt).next_header == kProtocolUdp;
  return is_plain ? behind : behind + (std::to_integer<std::size_t>(frame[behind + 1]) + 1) * 8;
}

// One's complement sum of big-endian words, word by word as RFC 1071 says it. Of no use of the
// relay's own, which adds in other units.
inline std::uint16_t oracle_checksum(std::span<const std::byte> bytes) {
  std::uint32_t sum = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    sum += std::to_integer<std::uint32_t>(bytes[i]) << (i % 2 == 0 ? 8 : 0);
    if (sum > 0xffff) sum -= 0xffff;
  }
  return static_cast<std::uint16_t>(~sum);
}

// What the checksum of the last `length` bytes of a packet has to be, from first principles
// (RFC 768, RFC 8200 section 8.1). The field, at `field` of them, counts as zero.
inline std::uint16_t oracle_upper_checksum(const Frame& frame, std::size_t at, std::size_t length,
                                           std::size_t field, std::uint8_t protocol) {
  const std::size_t addresses = is_ipv6(frame) ? 32 : 8;
  const auto addresses_at = kIpAt + (is_ipv6(frame) ? 8 : 12);
  std::vector<std::byte> all(addresses + 8 + length);
  std::copy_n(frame.data() + addresses_at, addresses, all.data());
  store(all.data() + addresses, be32(static_cast<std::uint32_t>(length)));
  store(all.data() + addresses + 4, be32(protocol));
  std::copy_n(frame.data() + at, length, all.data() + addresses + 8);
  store(all.data() + addresses + 8 + field, Be16{0});
  return oracle_checksum(all);
}

inline Be16 oracle_udp_checksum(const Frame& frame) {
  const auto at = udp_offset_of(frame);
  const auto length = load<UdpHeader>(frame.data() + at).length.host();
  const auto checksum = oracle_upper_checksum(frame, at, length, 6, kProtocolUdp);
  return be16(checksum == 0 ? 0xffff : checksum);
}

// Makes all checksums right after an edit.
inline void seal(Frame& frame, bool udp_checksum = true) {
  if (!is_ipv6(frame)) {
    auto ip = load<Ipv4Header>(frame.data() + kIpAt);
    ip.checksum = Be16{0};
    store(frame.data() + kIpAt, ip);
    ip.checksum =
        be16(oracle_checksum(std::span<const std::byte>(frame).subspan(kIpAt, ip.header_length())));
    store(frame.data() + kIpAt, ip);
  }
  auto* udp_at = frame.data() + udp_offset_of(frame);
  auto udp = load<UdpHeader>(udp_at);
  udp.checksum = udp_checksum ? oracle_udp_checksum(frame) : Be16{0};
  store(udp_at, udp);
}

// Writes the header and its options; returns where they end.
inline std::size_t write_ipv4(Frame& frame, const UdpSpec& spec, std::size_t udp_length) {
  const auto header = sizeof(Ipv4Header) + spec.ip_options;
  Ipv4Header ip{};
  ip.version_ihl = static_cast<std::uint8_t>(0x40 | header / 4);
  ip.total_length = be16(static_cast<std::uint16_t>(header + udp_length));
  ip.id = be16(0x1234);
  ip.fragment = be16(spec.must_not_be_split ? 0x4000 : 0);
  ip.ttl = 63;
  ip.protocol = kProtocolUdp;
  ip.source = ipv4(spec.source_ip);
  ip.destination = ipv4(spec.destination_ip);
  frame.resize(kIpAt + header, std::byte{1});  // 1 = no operation
  store(frame.data() + kIpAt, ip);
  return frame.size();
}

inline std::size_t write_ipv6(Frame& frame, const UdpSpec& spec, std::size_t udp_length) {
  Ipv6Header ip{};
  ip.version_class_flow = be32(0x60abcdef);
  ip.payload_length = be16(static_cast<std::uint16_t>(spec.ip_options + udp_length));
  ip.next_header = spec.ip_options == 0 ? kProtocolUdp : 60;
  ip.hop_limit = 63;
  ip.source = parse_ip(spec.source_ip)->bytes;
  ip.destination = parse_ip(spec.destination_ip)->bytes;
  frame.resize(kIpAt + sizeof ip + spec.ip_options, std::byte{0});  // 0 = Pad1
  store(frame.data() + kIpAt, ip);
  if (spec.ip_options > 0) {
    frame[kIpAt + sizeof ip] = std::byte{kProtocolUdp};
    frame[kIpAt + sizeof ip + 1] = static_cast<std::byte>(spec.ip_options / 8 - 1);
  }
  return frame.size();
}

inline Frame udp_frame(const UdpSpec& spec) {
  const bool is_ipv4 = parse_ip(spec.source_ip)->family == IpFamily::kIpv4;
  const auto udp_length = sizeof(UdpHeader) + spec.payload.size();
  Frame frame(sizeof(EthernetHeader));
  store(frame.data(), EthernetHeader{spec.destination_mac, spec.source_mac,
                                     be16(is_ipv4 ? kEtherTypeIpv4 : kEtherTypeIpv6)});
  const auto udp_at =
      is_ipv4 ? write_ipv4(frame, spec, udp_length) : write_ipv6(frame, spec, udp_length);
  frame.resize(udp_at + udp_length);
  store(frame.data() + udp_at, UdpHeader{be16(spec.source_port), be16(spec.destination_port),
                                         be16(static_cast<std::uint16_t>(udp_length)), Be16{0}});
  std::copy(spec.payload.begin(), spec.payload.end(),
            frame.begin() + static_cast<std::ptrdiff_t>(udp_at + sizeof(UdpHeader)));
  seal(frame, spec.udp_checksum);
  return frame;
}

// Makes the header checksum of an IPv4 frame right, as far as the header is there.
inline void seal_ipv4(Frame& frame) {
  store(frame.data() + kIpAt + 10, Be16{0});
  const auto header = load<Ipv4Header>(frame.data() + kIpAt).header_length();
  const auto length = std::clamp<std::size_t>(header, sizeof(Ipv4Header), frame.size() - kIpAt);
  const auto bytes = std::span<const std::byte>(frame).subspan(kIpAt, length);
  store(frame.data() + kIpAt + 10, be16(oracle_checksum(bytes)));
}

// Both checksums of an ICMP message right behind an IPv4 header, to the end of the frame.
inline void seal_icmp(Frame& frame) {
  const auto at = kIpAt + sizeof(Ipv4Header);
  store(frame.data() + at + 2, Be16{0});
  store(frame.data() + at + 2,
        be16(oracle_checksum(std::span<const std::byte>(frame).subspan(at))));
  seal_ipv4(frame);
}

// Makes the checksum of the ICMPv6 message right that begins at `at`.
inline void seal_icmp6(Frame& frame, std::size_t at) {
  const auto length = frame.size() - at;
  store(frame.data() + at + 2, be16(oracle_upper_checksum(frame, at, length, 2, kProtocolIcmp6)));
}

// An ICMPv6 echo request with `data` bytes behind its header. Ports and payload of the
// specification mean nothing; IPv4 addresses, which it begins with, stand for phone and relay.
inline Frame echo6_frame(UdpSpec spec, std::size_t data) {
  if (parse_ip(spec.source_ip)->family == IpFamily::kIpv4) {
    spec.source_ip = "2001:db8::10";
    spec.destination_ip = "2001:db8::1";
  }
  spec.payload.assign(data, std::byte{0x3c});
  auto frame = udp_frame(spec);
  const auto at = udp_offset_of(frame);
  const auto next_header = spec.ip_options == 0 ? kIpAt + 6 : kIpAt + sizeof(Ipv6Header);
  frame[next_header] = std::byte{kProtocolIcmp6};
  store(frame.data() + at, IcmpHeader{kIcmp6EchoRequest, 0, Be16{0}, be16(7), be16(9)});
  seal_icmp6(frame, at);
  return frame;
}

}  // namespace mediaplane::test
