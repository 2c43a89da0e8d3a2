// SPDX-License-Identifier: BSD-2-Clause
// Multicast reception of a port. Neighbours ask for an IPv6 address in its solicited-node group and
// announce themselves to all nodes: a port with IPv6 addresses must hear those Ethernet groups. It
// is told just these if its driver can filter, all groups otherwise, and everything as a last
// resort.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "dataplane/net/address.h"

namespace mediaplane {

enum class Hearing : std::uint8_t {
  kNotNeeded,  // No IPv6 address.
  kGroups,
  kAllMulticast,
  kPromiscuous,
  kNothing,  // The driver refuses all of it.
};

// The groups of these addresses, each once; none if there is no IPv6 address.
std::vector<MacAddress> multicast_groups(std::span<const Prefix> addresses);

// For a started port.
Hearing hear_multicast(std::uint16_t ethdev, std::span<const Prefix> addresses);
// Some drivers change the kernel's interface, where it would stay changed.
void stop_hearing(std::uint16_t ethdev, Hearing hearing);

}  // namespace mediaplane
