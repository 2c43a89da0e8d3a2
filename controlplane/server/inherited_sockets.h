// SPDX-License-Identifier: BSD-2-Clause
// Socket activation: the sockets that systemd has opened before us and hands over (`LISTEN_FDS`).
// They outlive us, so while the control plane is restarted proxies wait instead of being refused.
#pragma once

#include <string>
#include <vector>

#include "config/listen_address.h"
#include "dataplane/abi/shared_memory.h"

namespace mediaplane {

class InheritedSockets {
 public:
  explicit InheritedSockets(std::vector<abi::FileDescriptor> sockets)
      : sockets_(std::move(sockets)) {}

  // What this process has been handed over; the environment does not name it any more afterwards.
  // Variables that make no sense are nothing handed over.
  static InheritedSockets from_environment();

  // The non-blocking socket that is bound (and listens) as the address says; none: an empty one.
  abi::FileDescriptor take(const ListenAddress& address);

  // Where those that nobody has taken are bound.
  std::vector<std::string> names() const;

 private:
  std::vector<abi::FileDescriptor> sockets_;
};

}  // namespace mediaplane
