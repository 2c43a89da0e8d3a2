// SPDX-License-Identifier: BSD-2-Clause
// UDP sockets in other network namespaces. A socket belongs to the namespace in which it was made,
// whatever its process does later: one process plays phones in two hosts.
#pragma once

#include <string>

#include <sys/socket.h>

#include "dataplane/net/address.h"
#include "dataplane/net/result.h"
#include "tests/tools/phones/fd.h"

namespace mediaplane::phones {

// A non-blocking socket bound to `local` in a namespace: empty = our own, a path, or a name under
// /run/netns. The error is a text for people.
Result<UniqueFd, std::string> open_udp(const std::string& netns, const Endpoint& local);

// An endpoint as the kernel wants it, and back.
struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t length = 0;

  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
};
SocketAddress to_sockaddr(const Endpoint& endpoint);
Endpoint from_sockaddr(const sockaddr_storage& address);

}  // namespace mediaplane::phones
