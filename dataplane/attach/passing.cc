// SPDX-License-Identifier: BSD-2-Clause
#include "dataplane/attach/passing.h"

#include <cerrno>
#include <cstring>

#include <sys/socket.h>
#include <unistd.h>

#include "dataplane/abi/handshake.h"
#include "dataplane/net/socket_path.h"

namespace mediaplane {

Result<abi::FileDescriptor, std::string> listen_seqpacket(const std::string& path) {
  abi::FileDescriptor listener(socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (auto bound = bind_to_path(listener.get(), SOCK_SEQPACKET, path, 0660); !bound) {
    return failure("dataplane.socket " + bound.error());
  }
  if (::listen(listener.get(), SOMAXCONN) != 0) {
    return failure("dataplane.socket " + path + ": " + std::strerror(errno));
  }
  return listener;
}

bool send_with_descriptors(int socket, std::span<const std::byte> bytes,
                           std::span<const int> descriptors) {
  iovec vector{const_cast<std::byte*>(bytes.data()), bytes.size()};
  alignas(cmsghdr) std::array<std::byte, CMSG_SPACE(sizeof(int) * abi::kMaxDescriptors)> control{};
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

void silence(const abi::FileDescriptor& doorbell) {
  std::uint64_t count = 0;
  [[maybe_unused]] const auto bytes = read(doorbell.get(), &count, sizeof count);
}

bool is_readable(const abi::FileDescriptor& socket) {
  char byte = 0;
  return recv(socket.get(), &byte, 1, MSG_PEEK | MSG_DONTWAIT) >= 0 || errno != EAGAIN;
}

void ring(const abi::FileDescriptor& doorbell) {
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto bytes = write(doorbell.get(), &one, sizeof one);
}

}  // namespace mediaplane
