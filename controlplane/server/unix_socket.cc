// SPDX-License-Identifier: BSD-2-Clause
#include "controlplane/server/unix_socket.h"

#include <cerrno>
#include <system_error>

#include <sys/socket.h>
#include <unistd.h>

#include "dataplane/net/socket_path.h"

namespace mediaplane {

Result<UnixListener, std::string> UnixListener::open(const std::string& path, std::uint32_t mode) {
  abi::FileDescriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (auto bound = bind_to_path(socket.get(), SOCK_STREAM, path, mode); !bound) {
    return failure(bound.error());
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
