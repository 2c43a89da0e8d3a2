// SPDX-License-Identifier: BSD-2-Clause
#include "controlplane/protocol/media_address.h"

#include <cstdint>

namespace mediaplane {
namespace {

bool is_plausible(std::string_view address, IpFamily family) {
  const auto length = address.size();
  return family == IpFamily::kIpv6 ? length >= 2 && length <= 45 : length >= 7 && length <= 15;
}

std::optional<std::uint16_t> parse_udp_port(std::string_view text) {
  std::uint16_t udp_port = 0;
  for (const char digit : text) {
    if (digit < '0' || digit > '9') return std::nullopt;
    udp_port = static_cast<std::uint16_t>(udp_port * 10 + (digit - '0'));
  }
  return text.empty() ? std::nullopt : std::optional(udp_port);
}

}  // namespace

Result<std::optional<Endpoint>, ErrorCode> parse_media_address(std::string_view address,
                                                               std::string_view udp_port,
                                                               IpFamily family) {
  if (!is_plausible(address, family)) return std::nullopt;
  const auto ip = parse_ip(address);
  const auto port = parse_udp_port(udp_port);
  if (!ip || ip->family != family || !port) return failure(ErrorCode::kBadAddress);
  if (ip->is_null()) return std::nullopt;
  return Endpoint{*ip, *port};
}

}  // namespace mediaplane
