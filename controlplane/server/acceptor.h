// SPDX-License-Identifier: BSD-2-Clause
// Accepts the connections of one listening socket. When there are no descriptors left but those
// that the rest of the program may need, it asks its owner to close something idle; when there is
// nothing idle, whoever comes waits, and it looks away for a moment instead of spinning over a
// socket that stays readable.
#pragma once

#include <functional>

#include "controlplane/server/event_loop.h"

namespace mediaplane {

// Who was let in less long ago is not idle: it may be about to speak, or not have been heard yet.
inline constexpr std::chrono::milliseconds kTimeToSpeak{100};

// Closes something idle; false if there is nothing.
using MakeRoom = std::function<bool(Time now)>;

class Acceptor {
 public:
  using Accepted = std::function<void(abi::FileDescriptor connection, Time now)>;

  // The listening socket outlives the acceptor.
  Acceptor(EventLoop& loop, int listening, Accepted accepted, MakeRoom make_room);
  Acceptor(const Acceptor&) = delete;
  Acceptor& operator=(const Acceptor&) = delete;
  ~Acceptor();

  // What is not accepted yet waits for whoever else holds the listening socket.
  void stop();

  // To be called every few hundredths of a second: the end of looking away.
  void look_again(Time now);

 private:
  void accept_all(Time now);
  bool make_room(Time now);

  EventLoop& loop_;
  int listening_;
  Accepted accepted_;
  MakeRoom make_room_;
  EventLoop::Watch watch_;
  abi::FileDescriptor waiting_;  // Accepted, and there is no room for it yet.
  bool is_looking_away_ = false;
  Time next_warning_{};
};

}  // namespace mediaplane
