// SPDX-License-Identifier: BSD-2-Clause
#include "controlplane/server/acceptor.h"

#include <cerrno>
#include <utility>

#include <fcntl.h>
#include <spdlog/spdlog.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>

namespace mediaplane {
namespace {

// After these, everybody else has a turn.
constexpr int kMaxAcceptsAtOnce = 256;
// The last descriptors are for the data plane that comes back, for prompts and recordings.
constexpr rlim_t kReserved = 64;

// The kernel gives out the lowest number that is free.
bool is_of_reserve(int descriptor) {
  rlimit limit{};
  return getrlimit(RLIMIT_NOFILE, &limit) == 0 &&
         static_cast<rlim_t>(descriptor) + kReserved >= limit.rlim_cur;
}

// To the number that whoever had to go has left, so that the reserve stays one.
abi::FileDescriptor moved_down(abi::FileDescriptor descriptor) {
  abi::FileDescriptor lowest(fcntl(descriptor.get(), F_DUPFD_CLOEXEC, 0));
  return lowest ? std::move(lowest) : std::move(descriptor);
}

}  // namespace

Acceptor::Acceptor(EventLoop& loop, int listening, Accepted accepted, MakeRoom make_room)
    : loop_(loop),
      listening_(listening),
      accepted_(std::move(accepted)),
      make_room_(std::move(make_room)),
      watch_(loop.watch(listening, EPOLLIN, [this](std::uint32_t, Time now) { accept_all(now); })) {
}

Acceptor::~Acceptor() { loop_.forget(watch_); }

void Acceptor::stop() {
  is_looking_away_ = false;
  loop_.forget(watch_);
}

void Acceptor::accept_all(Time now) {
  for (int i = 0; i < kMaxAcceptsAtOnce; ++i) {
    abi::FileDescriptor connection(
        accept4(listening_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (connection) {
      if (is_of_reserve(connection.get())) {
        if (!make_room(now)) {
          waiting_ = std::move(connection);
          return;
        }
        connection = moved_down(std::move(connection));
      }
      accepted_(std::move(connection), now);
    } else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
      make_room(now);
      return;
    } else if (errno != EINTR && errno != ECONNABORTED) {
      return;
    }
  }
}

// False if there is none to be made: then nobody is let in for a moment.
bool Acceptor::make_room(Time now) {
  if (now >= next_warning_) {
    next_warning_ = now + std::chrono::seconds(1);
    spdlog::warn("no descriptors left: closing idle connections");
  }
  if (make_room_(now)) return true;
  is_looking_away_ = true;
  loop_.change(watch_, 0);
  return false;
}

void Acceptor::look_again(Time now) {
  if (!is_looking_away_ || (waiting_ && !make_room(now))) return;
  is_looking_away_ = false;
  loop_.change(watch_, EPOLLIN);
  if (waiting_) accepted_(moved_down(std::exchange(waiting_, {})), now);
}

}  // namespace mediaplane
