// SPDX-License-Identifier: BSD-2-Clause
#include "dataplane/net/address.h"

#include <algorithm>
#include <charconv>
#include <cstdio>

#include <arpa/inet.h>

namespace mediaplane {
namespace {

// inet_pton wants a terminated string; no numeric address is longer than this.
constexpr std::size_t kMaxAddressText = 45;

bool convert(int family, std::string_view text, void* to) {
  if (text.empty() || text.size() > kMaxAddressText) return false;
  if (text.find('\0') != std::string_view::npos) return false;
  return inet_pton(family, std::string(text).c_str(), to) == 1;
}

std::optional<unsigned> parse_number(std::string_view text, int base, unsigned max) {
  unsigned value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size() || value > max) {
    return std::nullopt;
  }
  return value;
}

}  // namespace

std::optional<MacAddress> parse_mac(std::string_view text) {
  if (text.size() != 17) return std::nullopt;
  MacAddress mac{};
  for (std::size_t i = 0; i < 6; ++i) {
    if (i > 0 && text[3 * i - 1] != ':') return std::nullopt;
    const auto octet = parse_number(text.substr(3 * i, 2), 16, 0xff);
    if (!octet) return std::nullopt;
    mac.bytes[i] = static_cast<std::uint8_t>(*octet);
  }
  return mac;
}

std::string to_string(const MacAddress& mac) {
  std::array<char, 18> text{};
  const auto& b = mac.bytes;
  std::snprintf(text.data(), text.size(), "%02x:%02x:%02x:%02x:%02x:%02x", b[0], b[1], b[2], b[3],
                b[4], b[5]);
  return text.data();
}

IpAddress IpAddress::from_ipv4(Be32 address) {
  IpAddress ip;
  ip.family = IpFamily::kIpv4;
  std::memcpy(ip.bytes.data(), &address, sizeof address);
  return ip;
}

Be32 IpAddress::ipv4() const {
  Be32 address;
  std::memcpy(&address, bytes.data(), sizeof address);
  return address;
}

bool IpAddress::is_null() const { return is_set() && bytes == decltype(bytes){}; }

bool IpAddress::is_multicast() const {
  return family == IpFamily::kIpv4 ? (bytes[0] & 0xf0) == 0xe0
                                   : family == IpFamily::kIpv6 && bytes[0] == 0xff;
}

bool IpAddress::is_link_local() const {
  return family == IpFamily::kIpv6 && bytes[0] == 0xfe && (bytes[1] & 0xc0) == 0x80;
}

Ipv6Bytes solicited_node_of(const Ipv6Bytes& address) {
  Ipv6Bytes group{0xff, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x01, 0xff};
  std::copy(address.begin() + 13, address.end(), group.begin() + 13);
  return group;
}

MacAddress multicast_mac_of(const Ipv6Bytes& group) {
  return {{0x33, 0x33, group[12], group[13], group[14], group[15]}};
}

bool is_never_a_source(const Ipv6Bytes& address) {
  if (address[0] == 0xff) return true;
  std::array<std::uint64_t, 2> halves;
  std::memcpy(halves.data(), address.data(), sizeof halves);
  if (halves[0] != 0) return false;
  const auto low = byte_swapped(halves[1]);
  return low <= 1 || low >> 32 == 0xffff;
}

std::optional<IpAddress> parse_ip(std::string_view text) {
  IpAddress ip;
  if (convert(AF_INET, text, ip.bytes.data())) {
    ip.family = IpFamily::kIpv4;
  } else if (convert(AF_INET6, text, ip.bytes.data())) {
    ip.family = IpFamily::kIpv6;
  } else {
    return std::nullopt;
  }
  return ip;
}

std::string to_string(const IpAddress& address) {
  if (!address.is_set()) return "none";
  std::array<char, kMaxAddressText + 1> text{};
  const int family = address.family == IpFamily::kIpv4 ? AF_INET : AF_INET6;
  inet_ntop(family, address.bytes.data(), text.data(), text.size());
  return text.data();
}

std::string to_string(const Endpoint& endpoint) {
  if (!endpoint.is_set()) return "none";
  const auto ip = to_string(endpoint.ip);
  const auto port = std::to_string(endpoint.udp_port);
  return endpoint.ip.family == IpFamily::kIpv6 ? "[" + ip + "]:" + port : ip + ":" + port;
}

bool Prefix::contains(const IpAddress& address) const {
  if (address.family != ip.family || !ip.is_set()) return false;
  const std::size_t whole = length / 8U;
  if (!std::equal(ip.bytes.begin(), ip.bytes.begin() + static_cast<std::ptrdiff_t>(whole),
                  address.bytes.begin())) {
    return false;
  }
  const unsigned rest = length % 8U;
  if (rest == 0) return true;
  const unsigned mask = 0xff00U >> rest & 0xffU;
  return ((ip.bytes[whole] ^ address.bytes[whole]) & mask) == 0;
}

IpAddress Prefix::broadcast() const {
  const std::uint32_t host_bits = length == 0 ? ~0U : length >= 32 ? 0U : ~0U >> length;
  return IpAddress::from_ipv4(be32(ip.ipv4().host() | host_bits));
}

std::optional<Prefix> parse_prefix(std::string_view text) {
  const auto slash = text.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  const auto ip = parse_ip(text.substr(0, slash));
  if (!ip) return std::nullopt;
  const auto length =
      parse_number(text.substr(slash + 1), 10, ip->family == IpFamily::kIpv4 ? 32 : 128);
  if (!length) return std::nullopt;
  return Prefix{*ip, static_cast<std::uint8_t>(*length)};
}

std::string to_string(const Prefix& prefix) {
  return to_string(prefix.ip) + "/" + std::to_string(prefix.length);
}

}  // namespace mediaplane
