// SPDX-License-Identifier: BSD-2-Clause
// The headers of the protocols on the packet path, as they lie on the wire. Those of
// media are read and written in place with view() and edit(), the others by value with load() and
// store() (byte_order.h).
#pragma once

#include <cstdint>

#include "dataplane/net/address.h"
#include "dataplane/net/byte_order.h"

namespace mediaplane {

inline constexpr std::uint16_t kEtherTypeIpv4 = 0x0800;
inline constexpr std::uint16_t kEtherTypeArp = 0x0806;
inline constexpr std::uint16_t kEtherTypeVlan = 0x8100;
inline constexpr std::uint16_t kEtherTypeIpv6 = 0x86dd;

struct [[gnu::packed, gnu::may_alias]] EthernetHeader {
  MacAddress destination;
  MacAddress source;
  Be16 ether_type;
};
static_assert(sizeof(EthernetHeader) == 14);

// RFC 826, Ethernet and IPv4.
struct [[gnu::packed]] ArpPacket {
  Be16 hardware_type;
  Be16 protocol_type;
  std::uint8_t hardware_length;
  std::uint8_t protocol_length;
  Be16 operation;
  MacAddress sender_mac;
  Be32 sender_ip;
  MacAddress target_mac;
  Be32 target_ip;
};
static_assert(sizeof(ArpPacket) == 28);
inline constexpr std::uint16_t kArpHardwareEthernet = 1;
inline constexpr std::uint16_t kArpRequest = 1;
inline constexpr std::uint16_t kArpReply = 2;

struct [[gnu::packed, gnu::may_alias]] Ipv4Header {  // RFC 791
  std::uint8_t version_ihl;
  std::uint8_t tos;
  Be16 total_length;
  Be16 id;
  Be16 fragment;
  std::uint8_t ttl;
  std::uint8_t protocol;
  Be16 checksum;
  Be32 source;
  Be32 destination;

  std::uint8_t version() const { return version_ihl >> 4; }
  std::uint32_t header_length() const { return (version_ihl & 0xfU) * 4U; }
  bool is_fragment() const { return (fragment.host() & 0x3fff) != 0; }        // MF or an offset
  bool must_not_be_split() const { return (fragment.host() & 0x4000) != 0; }  // DF
};
static_assert(sizeof(Ipv4Header) == 20);
inline constexpr std::uint8_t kProtocolIcmp = 1;
inline constexpr std::uint8_t kProtocolUdp = 17;

struct [[gnu::packed, gnu::may_alias]] Ipv6Header {  // RFC 8200
  Be32 version_class_flow;
  Be16 payload_length;  // What is behind this header, extension headers included.
  std::uint8_t next_header;
  std::uint8_t hop_limit;
  Ipv6Bytes source;
  Ipv6Bytes destination;

  std::uint32_t version() const { return version_class_flow.host() >> 28; }
};
static_assert(sizeof(Ipv6Header) == 40);
inline constexpr std::uint8_t kProtocolIcmp6 = 58;

struct [[gnu::packed]] FragmentHeader {  // RFC 8200 section 4.5
  std::uint8_t next_header;
  std::uint8_t reserved;
  Be16 offset_and_flag;
  Be32 id;

  std::uint32_t offset() const { return offset_and_flag.host() & 0xfff8U; }  // In bytes.
  bool has_more() const { return (offset_and_flag.host() & 1) != 0; }
};
static_assert(sizeof(FragmentHeader) == 8);
inline constexpr std::uint8_t kProtocolFragment = 44;

// The words of an IPv6 header that say version 6, this traffic class, and no flow label.
constexpr Be32 version_and_class(std::uint8_t traffic_class) {
  return be32(std::uint32_t{6} << 28 | std::uint32_t{traffic_class} << 20);
}

struct [[gnu::packed, gnu::may_alias]] UdpHeader {  // RFC 768
  Be16 source_port;
  Be16 destination_port;
  Be16 length;
  Be16 checksum;
};
static_assert(sizeof(UdpHeader) == 8);

struct [[gnu::packed]] IcmpHeader {  // RFC 792
  std::uint8_t type;
  std::uint8_t code;
  Be16 checksum;
  Be16 id;
  Be16 sequence;
};
static_assert(sizeof(IcmpHeader) == 8);
inline constexpr std::uint8_t kIcmpEchoReply = 0;
inline constexpr std::uint8_t kIcmpEchoRequest = 8;

// RFC 4443 section 4. An echo message has the form of IcmpHeader.
inline constexpr std::uint8_t kIcmp6EchoRequest = 128;
inline constexpr std::uint8_t kIcmp6EchoReply = 129;

struct [[gnu::packed]] NeighbourDiscoveryHeader {  // RFC 4861 sections 4.3 and 4.4
  std::uint8_t type;
  std::uint8_t code;
  Be16 checksum;
  Be32 flags;
  Ipv6Bytes target;
};
static_assert(sizeof(NeighbourDiscoveryHeader) == 24);
inline constexpr std::uint8_t kNeighbourSolicitation = 135;
inline constexpr std::uint8_t kNeighbourAdvertisement = 136;
inline constexpr std::uint32_t kAdvertisementSolicited = std::uint32_t{1} << 30;
inline constexpr std::uint32_t kAdvertisementOverride = std::uint32_t{1} << 29;

struct [[gnu::packed]] LinkAddressOption {  // RFC 4861 section 4.6.1
  std::uint8_t type;
  std::uint8_t length;  // In units of 8 bytes.
  MacAddress mac;
};
static_assert(sizeof(LinkAddressOption) == 8);
inline constexpr std::uint8_t kOptionSourceLink = 1;
inline constexpr std::uint8_t kOptionTargetLink = 2;

}  // namespace mediaplane
