// SPDX-License-Identifier: BSD-2-Clause
// The listening Unix socket as a file: whose it is, who may connect, and when it goes.
#pragma once

#include <cstdint>
#include <string>

#include "dataplane/abi/shared_memory.h"
#include "dataplane/net/result.h"

namespace mediaplane {

inline constexpr int kListenBacklog = 4096;

// A listening, non-blocking stream socket. One that was opened here takes its file with it; an
// inherited one leaves it to whoever made it.
class UnixListener {
 public:
  // A file that a dead process left is replaced; one behind which somebody listens is an error,
  // told as a text.
  static Result<UnixListener, std::string> open(const std::string& path, std::uint32_t mode);

  static UnixListener inherited(abi::FileDescriptor socket) { return {{}, std::move(socket)}; }

  UnixListener(UnixListener&& from) noexcept
      : path_(std::exchange(from.path_, {})), socket_(std::move(from.socket_)) {}
  UnixListener& operator=(UnixListener&&) = delete;
  ~UnixListener();

  int descriptor() const { return socket_.get(); }

 private:
  UnixListener(std::string path, abi::FileDescriptor socket)
      : path_(std::move(path)), socket_(std::move(socket)) {}

  std::string path_;  // Empty: nothing to remove.
  abi::FileDescriptor socket_;
};

}  // namespace mediaplane
