// SPDX-License-Identifier: BSD-2-Clause
#include "controlplane/server/unix_socket.h"

#include <cerrno>
#include <cstring>
#include <system_error>

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

namespace mediaplane {
namespace {

using abi::FileDescriptor;

FileDescriptor make_socket() {
  return FileDescriptor(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
}

bool connects(const sockaddr_un& address) {
  const auto probe = make_socket();
  // A listener whose backlog is full says EAGAIN, and lives.
  return connect(probe.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 ||
         errno == EAGAIN;
}

bool is_socket(const std::string& path) {
  struct stat status {};
  return lstat(path.c_str(), &status) == 0 && S_ISSOCK(status.st_mode);
}

bool bind_with_mode(int socket, const sockaddr_un& address, std::uint32_t mode) {
  // By umask, so that at no moment the file is open to more than `mode` says.
  const auto before = umask(~mode & 0777);
  const bool bound = bind(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  const int error = errno;
  umask(before);
  errno = error;
  return bound;
}

}  // namespace

Result<UnixListener, std::string> UnixListener::open(const std::string& path, std::uint32_t mode) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) return failure(path + ": the path is too long");
  std::memcpy(address.sun_path, path.data(), path.size());
  if (is_socket(path)) {
    if (connects(address)) return failure(path + ": another process listens there");
    unlink(path.c_str());
  }
  auto socket = make_socket();
  if (!socket || !bind_with_mode(socket.get(), address, mode)) {
    return failure(path + ": " + std::system_category().message(errno));
  }
  UnixListener listener(path, std::move(socket));
  if (listen(listener.descriptor(), kListenBacklog) != 0) {
    return failure(path + ": " + std::system_category().message(errno));
  }
  return listener;
}

UnixListener::~UnixListener() {
  if (!path_.empty()) unlink(path_.c_str());
}

}  // namespace mediaplane
