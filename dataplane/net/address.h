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
  friend constexpr bool operator==(const MacAddress&, const MacAddress&) = default;
};
static_assert(sizeof(MacAddress) == 6);

inline constexpr MacAddress kBroadcastMac{{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}};

std::optional<MacAddress> parse_mac(std::string_view text);  // "02:00:00:00:00:01"
std::string to_string(const MacAddress& mac);

enum class IpFamily : std::uint8_t { kNone = 0, kIpv4 = 4, kIpv6 = 6 };

// An IPv4 address lies in the first four bytes, the others are zero; no address is all zero.
struct IpAddress {
  std::array<std::uint8_t, 16> bytes{};
  IpFamily family = IpFamily::kNone;
  std::uint8_t reserved = 0;

  static IpAddress from_ipv4(Be32 address);
  Be32 ipv4() const;  // Meaningful for kIpv4 only.
  bool is_set() const { return family != IpFamily::kNone; }
  bool is_null() const;       // 0.0.0.0 or ::
  bool is_multicast() const;  // 224.0.0.0/4 or ff00::/8
  friend bool operator==(const IpAddress&, const IpAddress&) = default;
};
static_assert(sizeof(IpAddress) == 18);

// Numeric text only, never a name: "192.0.2.1", "2001:db8::1".
std::optional<IpAddress> parse_ip(std::string_view text);
std::string to_string(const IpAddress& address);

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
