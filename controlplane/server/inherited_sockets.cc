// SPDX-License-Identifier: BSD-2-Clause
#include "controlplane/server/inherited_sockets.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include <fcntl.h>
#include <sys/un.h>
#include <systemd/sd-daemon.h>

#include "controlplane/server/socket_address.h"

namespace mediaplane {
namespace {

constexpr int kListening = 1;
constexpr int kAnyState = -1;  // Datagram sockets never listen.

bool is_bound(int descriptor, const ListenAddress& address) {
  if (address.transport == Transport::kUnixOneShot || address.transport == Transport::kUnixStream) {
    return sd_is_socket_unix(descriptor, SOCK_STREAM, kListening, address.path.c_str(), 0) > 0;
  }
  const bool is_udp = address.transport == Transport::kUdp;
  const auto endpoint = socket_address(address.endpoint);
  return sd_is_socket_sockaddr(descriptor, is_udp ? SOCK_DGRAM : SOCK_STREAM, endpoint.get(),
                               endpoint.length, is_udp ? kAnyState : kListening) > 0;
}

std::string unix_name(const SocketAddress& address) {
  const auto& path = reinterpret_cast<const sockaddr_un&>(address.storage).sun_path;
  // Without a name, or with an abstract one.
  if (address.length <= offsetof(sockaddr_un, sun_path) || path[0] == '\0') return "unix:";
  return std::string("unix:") + path;
}

std::string name_of(int descriptor) {
  SocketAddress address;
  if (getsockname(descriptor, address.get(), &address.length) != 0) {
    return "descriptor " + std::to_string(descriptor) + ", which is no socket";
  }
  if (address.storage.ss_family == AF_UNIX) return unix_name(address);
  const bool is_udp = sd_is_socket(descriptor, AF_UNSPEC, SOCK_DGRAM, kAnyState) > 0;
  return to_string(
      ListenAddress{is_udp ? Transport::kUdp : Transport::kTcp, {}, endpoint_of(address.storage)});
}

}  // namespace

InheritedSockets InheritedSockets::from_environment() {
  const int count = sd_listen_fds(1);
  std::vector<abi::FileDescriptor> sockets;
  for (int i = 0; i < count; ++i) sockets.emplace_back(SD_LISTEN_FDS_START + i);
  return InheritedSockets(std::move(sockets));
}

abi::FileDescriptor InheritedSockets::take(const ListenAddress& address) {
  const auto found = std::ranges::find_if(
      sockets_, [&](const auto& socket) { return is_bound(socket.get(), address); });
  if (found == sockets_.end()) return {};
  auto socket = std::move(*found);
  sockets_.erase(found);
  fcntl(socket.get(), F_SETFL, fcntl(socket.get(), F_GETFL) | O_NONBLOCK);
  return socket;
}

std::vector<std::string> InheritedSockets::names() const {
  std::vector<std::string> names;
  for (const auto& socket : sockets_) names.push_back(name_of(socket.get()));
  return names;
}

}  // namespace mediaplane
