// SPDX-License-Identifier: BSD-2-Clause
#include "dataplane/port/multicast.h"

#include <algorithm>

#include <rte_ethdev.h>

namespace mediaplane {

std::vector<MacAddress> multicast_groups(std::span<const Prefix> addresses) {
  std::vector<MacAddress> groups;
  const auto join = [&](const Ipv6Bytes& group) {
    const auto mac = multicast_mac_of(group);
    if (std::find(groups.begin(), groups.end(), mac) == groups.end()) groups.push_back(mac);
  };
  for (const auto& prefix : addresses) {
    if (prefix.ip.family != IpFamily::kIpv6) continue;
    join(kAllNodes);
    join(solicited_node_of(prefix.ip.bytes));
  }
  return groups;
}

Hearing hear_multicast(std::uint16_t ethdev, std::span<const Prefix> addresses) {
  std::vector<rte_ether_addr> groups;
  for (const auto& mac : multicast_groups(addresses)) {
    auto& group = groups.emplace_back();
    std::copy(mac.bytes.begin(), mac.bytes.end(), group.addr_bytes);
  }
  if (groups.empty()) return Hearing::kNotNeeded;
  const auto count = static_cast<std::uint32_t>(groups.size());
  if (rte_eth_dev_set_mc_addr_list(ethdev, groups.data(), count) == 0) return Hearing::kGroups;
  if (rte_eth_allmulticast_enable(ethdev) == 0) return Hearing::kAllMulticast;
  if (rte_eth_promiscuous_enable(ethdev) == 0) return Hearing::kPromiscuous;
  return Hearing::kNothing;
}

void stop_hearing(std::uint16_t ethdev, Hearing hearing) {
  if (hearing == Hearing::kGroups) rte_eth_dev_set_mc_addr_list(ethdev, nullptr, 0);
  if (hearing == Hearing::kAllMulticast) rte_eth_allmulticast_disable(ethdev);
  if (hearing == Hearing::kPromiscuous) rte_eth_promiscuous_disable(ethdev);
}

}  // namespace mediaplane
