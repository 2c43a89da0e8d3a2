// SPDX-License-Identifier: BSD-2-Clause
// A client of a socket under test.
#pragma once

#include <array>
#include <cstring>
#include <string>
#include <string_view>

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "controlplane/server/event_loop.h"

namespace mediaplane {

// Connects at once: the kernel does it, whether the server looks or not.
class TestClient {
 public:
  explicit TestClient(const std::string& path)
      : socket_(socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
    is_connected_ =
        connect(socket_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
  }

  bool is_connected() const { return is_connected_; }

  void write(std::string_view text) { send(socket_.get(), text.data(), text.size(), MSG_NOSIGNAL); }

  // What can be read now; "(closed)" at the end of the stream, "" if there is nothing yet.
  std::string read() {
    std::array<char, 65536> bytes;
    const auto length = recv(socket_.get(), bytes.data(), bytes.size(), 0);
    if (length == 0 || (length < 0 && errno == ECONNRESET)) return "(closed)";
    return length < 0 ? "" : std::string(bytes.data(), static_cast<std::size_t>(length));
  }

  int descriptor() const { return socket_.get(); }

 private:
  abi::FileDescriptor socket_;
  bool is_connected_ = false;
};

// Handles what has happened until nothing more has.
inline void settle(EventLoop& loop) {
  for (int i = 0; i < 10; ++i) loop.run_once(std::chrono::milliseconds(0));
}

}  // namespace mediaplane
