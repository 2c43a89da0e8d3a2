// SPDX-License-Identifier: BSD-2-Clause
#include "tests/tools/phones/socket.h"

#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <netinet/in.h>
#include <sched.h>

namespace mediaplane::phones {
namespace {

constexpr int kReceiveBufferBytes = 4 << 20;

std::string path_of(const std::string& netns) {
  return netns.find('/') == std::string::npos ? "/run/netns/" + netns : netns;
}

// Stays in another network namespace as long as it lives.
class NetworkNamespace {
 public:
  explicit NetworkNamespace(const std::string& netns) {
    if (netns.empty()) return;
    home_ = UniqueFd(::open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC));
    const UniqueFd there(::open(path_of(netns).c_str(), O_RDONLY | O_CLOEXEC));
    is_there_ = there.is_open() && ::setns(there.value(), CLONE_NEWNET) == 0;
  }
  ~NetworkNamespace() {
    if (home_.is_open()) ::setns(home_.value(), CLONE_NEWNET);
  }
  NetworkNamespace(const NetworkNamespace&) = delete;
  NetworkNamespace& operator=(const NetworkNamespace&) = delete;

  bool is_there() const { return is_there_; }

 private:
  UniqueFd home_;
  bool is_there_ = true;
};

std::string system_error(const std::string& what) { return what + ": " + std::strerror(errno); }

}  // namespace

Result<UniqueFd, std::string> open_udp(const std::string& netns, const Endpoint& local) {
  const NetworkNamespace place(netns);
  if (!place.is_there()) return failure(system_error("network namespace " + path_of(netns)));
  const int family = local.ip.family == IpFamily::kIpv6 ? AF_INET6 : AF_INET;
  UniqueFd fd(::socket(family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd.is_open()) return failure(system_error("socket"));
  // Beyond net.core.rmem_max where we may; without the right the limit holds and has to do.
  ::setsockopt(fd.value(), SOL_SOCKET, SO_RCVBUF, &kReceiveBufferBytes, sizeof(int));
  ::setsockopt(fd.value(), SOL_SOCKET, SO_RCVBUFFORCE, &kReceiveBufferBytes, sizeof(int));
  const SocketAddress address = to_sockaddr(local);
  if (::bind(fd.value(), address.get(), address.length) != 0) {
    return failure(system_error("bind " + to_string(local)));
  }
  return fd;
}

SocketAddress to_sockaddr(const Endpoint& endpoint) {
  SocketAddress address;
  if (endpoint.ip.family == IpFamily::kIpv6) {
    sockaddr_in6 v6{};
    v6.sin6_family = AF_INET6;
    v6.sin6_port = be16(endpoint.udp_port).raw;
    std::memcpy(&v6.sin6_addr, endpoint.ip.bytes.data(), sizeof v6.sin6_addr);
    std::memcpy(&address.storage, &v6, sizeof v6);
    address.length = sizeof v6;
  } else {
    sockaddr_in v4{};
    v4.sin_family = AF_INET;
    v4.sin_port = be16(endpoint.udp_port).raw;
    v4.sin_addr.s_addr = endpoint.ip.ipv4().raw;
    std::memcpy(&address.storage, &v4, sizeof v4);
    address.length = sizeof v4;
  }
  return address;
}

Endpoint from_sockaddr(const sockaddr_storage& address) {
  if (address.ss_family == AF_INET6) {
    sockaddr_in6 v6{};
    std::memcpy(&v6, &address, sizeof v6);
    Endpoint endpoint{{{}, IpFamily::kIpv6}, Be16{v6.sin6_port}.host()};
    std::memcpy(endpoint.ip.bytes.data(), &v6.sin6_addr, sizeof v6.sin6_addr);
    return endpoint;
  }
  sockaddr_in v4{};
  std::memcpy(&v4, &address, sizeof v4);
  return {IpAddress::from_ipv4(Be32{v4.sin_addr.s_addr}), Be16{v4.sin_port}.host()};
}

}  // namespace mediaplane::phones
