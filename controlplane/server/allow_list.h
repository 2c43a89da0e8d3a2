// SPDX-License-Identifier: BSD-2-Clause
// Who may send commands over the Internet protocols, which have no other protection here.
#pragma once

#include <algorithm>
#include <utility>
#include <vector>

#include "dataplane/net/address.h"

namespace mediaplane {

class AllowList {
 public:
  explicit AllowList(std::vector<Prefix> networks) : networks_(std::move(networks)) {}

  bool permits(const IpAddress& address) const {
    return std::any_of(networks_.begin(), networks_.end(),
                       [&](const auto& network) { return network.contains(address); });
  }

 private:
  std::vector<Prefix> networks_;
};

}  // namespace mediaplane
