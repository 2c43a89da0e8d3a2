// SPDX-License-Identifier: BSD-2-Clause
#include "controlplane/protocol/reply.h"

namespace mediaplane {

std::string error_reply(ErrorCode code) {
  return "E" + std::to_string(static_cast<unsigned>(code)) + "\n";
}

std::string number_reply(std::uint64_t number) { return std::to_string(number) + "\n"; }

std::string endpoint_reply(const Endpoint& endpoint) {
  if (!endpoint.ip.is_set()) return number_reply(endpoint.udp_port);
  const auto* family = endpoint.ip.family == IpFamily::kIpv6 ? " 6\n" : "\n";
  return std::to_string(endpoint.udp_port) + " " + to_string(endpoint.ip) + family;
}

}  // namespace mediaplane
