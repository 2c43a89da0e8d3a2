// SPDX-License-Identifier: BSD-2-Clause
#include "dataplane/net/socket_path.h"

#include <cerrno>
#include <cstring>

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

namespace mediaplane {
namespace {

bool is_socket(const std::string& path) {
  struct stat status {};
  return lstat(path.c_str(), &status) == 0 && S_ISSOCK(status.st_mode);
}

bool is_served(const sockaddr_un& address, int type) {
  const int probe = socket(AF_UNIX, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  // A listener whose backlog is full says EAGAIN, and lives.
  const bool served =
      connect(probe, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 ||
      errno == EAGAIN;
  close(probe);
  return served;
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

Result<void, std::string> bind_to_path(int socket, int type, const std::string& path,
                                       std::uint32_t mode) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) return failure(path + ": the path is too long");
  std::memcpy(address.sun_path, path.data(), path.size());
  if (is_socket(path)) {
    if (is_served(address, type)) return failure(path + ": another process listens there");
    unlink(path.c_str());
  }
  // If it cannot be made, bind says why.
  mkdir(path.substr(0, path.rfind('/')).c_str(), 0750);
  if (!bind_with_mode(socket, address, mode)) {
    return failure(path + ": " + std::strerror(errno));
  }
  return {};
}

}  // namespace mediaplane
