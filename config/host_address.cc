// SPDX-License-Identifier: BSD-2-Clause
#include "config/host_address.h"

namespace mediaplane::config {
namespace {

std::string_view fault_of_ipv4(const Prefix& prefix) {
  const auto broadcast = prefix.broadcast();
  if (prefix.ip.ipv4().host() == 0xffffffff) return "this is the broadcast address";
  if (prefix.length >= 31) return {};
  if (prefix.ip == broadcast) return "this is the broadcast address of its network";
  const auto network = broadcast.ipv4().host() & ~(0xffffffffU >> prefix.length);
  if (prefix.ip.ipv4().host() == network) return "this is the address of the network itself";
  return {};
}

// True if the network has this very address: all bits behind the prefix are zero.
bool is_network(const Prefix& prefix) {
  for (unsigned bit = prefix.length; bit < 128; ++bit) {
    if ((prefix.ip.bytes[bit / 8] >> (7 - bit % 8) & 1) != 0) return false;
  }
  return true;
}

std::string_view fault_of_ipv6(const Prefix& prefix) {
  if (is_never_a_source(prefix.ip.bytes) && prefix.ip != parse_ip("::1")) {
    return "an IPv4 address is written as such";
  }
  // RFC 4291 section 2.6.1; RFC 6164 for links of two routers.
  if (prefix.length < 127 && is_network(prefix)) return "this is the address of the network itself";
  return {};
}

}  // namespace

std::string_view fault_of(const Prefix& prefix) {
  const bool is_ipv4 = prefix.ip.family == IpFamily::kIpv4;
  if (prefix.length == 0) return "a prefix length of 0 is no network of ours";
  if (prefix.ip.is_null()) {
    return is_ipv4 ? "0.0.0.0 is no address of a host" : ":: is no address of a host";
  }
  if (prefix.ip.is_multicast()) return "a multicast address is no address of a host";
  return is_ipv4 ? fault_of_ipv4(prefix) : fault_of_ipv6(prefix);
}

}  // namespace mediaplane::config
