// SPDX-License-Identifier: BSD-2-Clause
#include "dataplane/attach/passing.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include <spdlog/fmt/fmt.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "dataplane/abi/handshake.h"

namespace mediaplane {
namespace {

sockaddr_un address_of(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  return address;
}

abi::FileDescriptor make_socket() {
  return abi::FileDescriptor(socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
}

bool is_served(const sockaddr_un& address) {
  const auto probe = make_socket();
  return connect(probe.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
}

}  // namespace

Result<abi::FileDescriptor, std::string> listen_seqpacket(const std::string& path) {
  const auto address = address_of(path);
  if (is_served(address)) {
    return failure(fmt::format("dataplane.socket {}: another data plane serves it", path));
  }
  std::error_code ignored;  // bind() says it better.
  std::filesystem::create_directory(std::filesystem::path(path).parent_path(), ignored);
  unlink(path.c_str());
  auto listener = make_socket();
  const auto mask = umask(0117);
  const bool bound =
      bind(listener.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  const int error = errno;
  umask(mask);
  if (!bound || ::listen(listener.get(), SOMAXCONN) != 0) {
    return failure(
        fmt::format("dataplane.socket {}: {}; does its folder exist, and may this user "
                    "write there?",
                    path, std::strerror(bound ? errno : error)));
  }
  return listener;
}

bool send_with_descriptors(int socket, std::span<const std::byte> bytes,
                           std::span<const int> descriptors) {
  iovec vector{const_cast<std::byte*>(bytes.data()), bytes.size()};
  alignas(cmsghdr) std::array<std::byte, CMSG_SPACE(sizeof(int) * abi::kDescriptors)> control{};
  msghdr message{};
  message.msg_iov = &vector;
  message.msg_iovlen = 1;
  if (!descriptors.empty()) {
    message.msg_control = control.data();
    message.msg_controllen = CMSG_SPACE(descriptors.size_bytes());
    auto* header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(descriptors.size_bytes());
    std::memcpy(CMSG_DATA(header), descriptors.data(), descriptors.size_bytes());
  }
  return sendmsg(socket, &message, MSG_NOSIGNAL | MSG_DONTWAIT) ==
         static_cast<ssize_t>(bytes.size());
}

}  // namespace mediaplane
