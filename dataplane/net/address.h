// SPDX-License-Identifier: BSD-2-Clause
// MAC and IP addresses, endpoints (IP address and UDP port) and prefixes. The types are plain data
// of fixed layout: they lie in shared memory as they are.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "dataplane/net/byte_order.h"

namespace mediaplane {

struct MacAddress {
  std::array<std::uint8_t, 6> bytes;  // Plain, as it stands in packed headers.

  constexpr bool is_multicast() const { return (bytes[0] & 1U) != 0; }
  constexpr bool is_zero() const { return bytes == std::array<std::uint8_t, 6>{}; }
  // As the first six bytes of a word in memory; the others are zero.
  std::uint64_t word() const {
    const auto* at = reinterpret_cast<const std::byte*>(bytes.data());
    return load<std::uint32_t>(at) | std::uint64_t{load<std::uint16_t>(at + 4)} << 32;
  }
  friend constexpr bool operator==(const MacAddress&, const MacAddress&) = default;
};
static_assert(sizeof(MacAddress) == 6);

inline constexpr MacAddress kBroadcastMac{{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}};

std::optional<MacAddress> parse_mac(std::string_view text);  // "02:00:00:00:00:01"
std::string to_string(const MacAddress& mac);

enum class IpFamily : std::uint8_t { kNone = 0, kIpv4 = 4, kIpv6 = 6 };

using Ipv6Bytes = std::array<std::uint8_t, 16>;  // As it stands in packed headers.

// An IPv4 address lies in the first four bytes, the others are zero; no address is all zero.
struct IpAddress {
  Ipv6Bytes bytes{};
  IpFamily family = IpFamily::kNone;
  std::uint8_t reserved = 0;

  static IpAddress from_ipv4(Be32 address);
  static IpAddress from_ipv6(const Ipv6Bytes& address) { return {address, IpFamily::kIpv6, 0}; }
  Be32 ipv4() const;  // Meaningful for kIpv4 only.
  bool is_set() const { return family != IpFamily::kNone; }
  bool is_null() const;        // 0.0.0.0 or ::
  bool is_multicast() const;   // 224.0.0.0/4 or ff00::/8
  bool is_link_local() const;  // fe80::/10; IPv4 has none here.
  friend bool operator==(const IpAddress&, const IpAddress&) = default;
};
static_assert(sizeof(IpAddress) == 18);

// Numeric text only, never a name: "192.0.2.1", "2001:db8::1".
std::optional<IpAddress> parse_ip(std::string_view text);
std::string to_string(const IpAddress& address);

// RFC 4291 section 2.7.1: where neighbours ask for an IPv6 address, ff02::1:ffXX:XXXX.
Ipv6Bytes solicited_node_of(const Ipv6Bytes& address);
// RFC 2464 section 7: 33:33 and the last four bytes.
MacAddress multicast_mac_of(const Ipv6Bytes& group);
inline constexpr Ipv6Bytes kAllNodes{0xff, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};

// Addresses that no host on a wire sends from (RFC 4291 section 2.5): ::, ::1, multicast, and
// ::ffff:0:0/96, which stands for an IPv4 address.
bool is_never_a_source(const Ipv6Bytes& address);

struct Endpoint {
  IpAddress ip;
  std::uint16_t udp_port = 0;  // Host order.

  bool is_set() const { return ip.is_set(); }
  friend bool operator==(const Endpoint&, const Endpoint&) = default;
};
static_assert(sizeof(Endpoint) == 20);

std::string to_string(const Endpoint& endpoint);  // "192.0.2.1:4000", "[2001:db8::1]:4000"

struct Prefix {
  IpAddress ip;  // The host address as configured, not the network address.
  std::uint8_t length = 0;

  bool contains(const IpAddress& address) const;
  IpAddress broadcast() const;  // IPv4: the address with all host bits set.
  friend bool operator==(const Prefix&, const Prefix&) = default;
};

std::optional<Prefix> parse_prefix(std::string_view text);  // "198.18.0.1/24"
std::string to_string(const Prefix& prefix);

}  // namespace mediaplane
