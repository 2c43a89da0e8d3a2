// SPDX-License-Identifier: BSD-2-Clause
#include "controlplane/server/socket_address.h"

#include <cerrno>
#include <cstring>
#include <system_error>

namespace mediaplane {
namespace {

void set_option(int socket, int level, int name) {
  const int on = 1;
  setsockopt(socket, level, name, &on, sizeof on);
}

}  // namespace

SocketAddress socket_address(const Endpoint& endpoint) {
  SocketAddress address;
  if (endpoint.ip.family == IpFamily::kIpv6) {
    auto& in6 = reinterpret_cast<sockaddr_in6&>(address.storage);
    in6.sin6_family = AF_INET6;
    in6.sin6_port = htons(endpoint.udp_port);
    std::memcpy(&in6.sin6_addr, endpoint.ip.bytes.data(), sizeof in6.sin6_addr);
    address.length = sizeof in6;
  } else {
    auto& in = reinterpret_cast<sockaddr_in&>(address.storage);
    in.sin_family = AF_INET;
    in.sin_port = htons(endpoint.udp_port);
    std::memcpy(&in.sin_addr, endpoint.ip.bytes.data(), sizeof in.sin_addr);
    address.length = sizeof in;
  }
  return address;
}

Endpoint endpoint_of(const sockaddr_storage& address) {
  Endpoint endpoint;
  if (address.ss_family == AF_INET6) {
    const auto& in6 = reinterpret_cast<const sockaddr_in6&>(address);
    std::memcpy(endpoint.ip.bytes.data(), &in6.sin6_addr, sizeof in6.sin6_addr);
    endpoint.ip.family = IpFamily::kIpv6;
    endpoint.udp_port = ntohs(in6.sin6_port);
  } else if (address.ss_family == AF_INET) {
    const auto& in = reinterpret_cast<const sockaddr_in&>(address);
    std::memcpy(endpoint.ip.bytes.data(), &in.sin_addr, sizeof in.sin_addr);
    endpoint.ip.family = IpFamily::kIpv4;
    endpoint.udp_port = ntohs(in.sin_port);
  }
  return endpoint;
}

Result<abi::FileDescriptor, std::string> bound_socket(const Endpoint& endpoint, int type) {
  const auto address = socket_address(endpoint);
  abi::FileDescriptor socket(
      ::socket(address.storage.ss_family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (socket) {
    if (type == SOCK_STREAM) set_option(socket.get(), SOL_SOCKET, SO_REUSEADDR);
    if (endpoint.ip.family == IpFamily::kIpv6) {
      set_option(socket.get(), IPPROTO_IPV6, IPV6_V6ONLY);
    }
  }
  if (!socket || bind(socket.get(), address.get(), address.length) != 0) {
    return failure(to_string(endpoint) + ": " + std::system_category().message(errno));
  }
  return socket;
}

}  // namespace mediaplane
