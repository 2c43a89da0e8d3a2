// SPDX-License-Identifier: BSD-2-Clause
#include "dataplane/housekeeper/routes.h"

#include <algorithm>

namespace mediaplane {

Routes::Routes(const Config& config, std::span<const std::uint16_t> ethdevs,
               std::span<const MacAddress> macs)
    : config_(config) {
  for (std::uint32_t i = 0; i < config.ports.size(); ++i) {
    for (const auto& prefix : config.ports[i].addresses) {
      local_addresses_.push_back({prefix.ip, ethdevs[i], config.ports[i].mtu, macs[i], i});
    }
  }
}

std::optional<IpAddress> Routes::next_hop(const LocalAddress& from,
                                          const IpAddress& destination) const {
  const bool is_own = std::any_of(local_addresses_.begin(), local_addresses_.end(),
                                  [&](const auto& local) { return local.ip == destination; });
  if (is_own) return std::nullopt;
  const auto& port = config_.ports[from.port];
  const bool connected =
      std::any_of(port.addresses.begin(), port.addresses.end(),
                  [&](const Prefix& prefix) { return prefix.contains(destination); });
  if (connected || destination.is_link_local()) return destination;
  return port.gateway_of(destination.family).ip;
}

}  // namespace mediaplane
