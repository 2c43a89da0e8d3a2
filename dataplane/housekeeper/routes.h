// SPDX-License-Identifier: BSD-2-Clause
// From which port a local address sends, and who is the next hop to a destination: the destination
// itself on a connected prefix or if it is link-local, the port's gateway of its family otherwise
// (in IPv6 that is often a link-local address). A relay never routes: it answers from the address
// that the call was told, so the port follows from the source.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "config/config.h"
#include "dataplane/net/address.h"

namespace mediaplane {

struct LocalAddress {
  IpAddress ip;
  std::uint16_t ethdev = 0;
  std::uint16_t mtu = 0;
  MacAddress mac{};        // Of the port.
  std::uint32_t port = 0;  // Place in the configuration.
};

class Routes {
 public:
  // `ethdevs` and `macs`: of the configured ports, in their order.
  Routes(const Config& config, std::span<const std::uint16_t> ethdevs,
         std::span<const MacAddress> macs);

  // By the index that commands use.
  std::span<const LocalAddress> local_addresses() const { return local_addresses_; }
  // Unset: no route, or the destination is one of our own addresses.
  std::optional<IpAddress> next_hop(const LocalAddress& from, const IpAddress& destination) const;

 private:
  const Config& config_;
  std::vector<LocalAddress> local_addresses_;
};

}  // namespace mediaplane
