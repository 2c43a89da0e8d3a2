// SPDX-License-Identifier: BSD-2-Clause
// Between Endpoint and the kernel's socket addresses, and the listening Internet sockets.
#pragma once

#include <string>

#include <netinet/in.h>
#include <sys/socket.h>

#include "dataplane/abi/shared_memory.h"
#include "dataplane/net/address.h"
#include "dataplane/net/result.h"

namespace mediaplane {

struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t length = sizeof(sockaddr_storage);

  sockaddr* get() { return reinterpret_cast<sockaddr*>(&storage); }
  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
};

SocketAddress socket_address(const Endpoint& endpoint);

// Unset for an address of another kind.
Endpoint endpoint_of(const sockaddr_storage& address);

// A non-blocking socket bound to the endpoint, IPv6 ones to IPv6 alone. The error is a text.
Result<abi::FileDescriptor, std::string> bound_socket(const Endpoint& endpoint, int type);

}  // namespace mediaplane
