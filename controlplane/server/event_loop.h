// SPDX-License-Identifier: BSD-2-Clause
// Waits for descriptors with epoll and calls whoever watches them. One thread, nothing blocks; each
// handler does what there is to do and returns.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <unordered_map>

#include "controlplane/protocol/exchange.h"
#include "dataplane/abi/shared_memory.h"

namespace mediaplane {

class EventLoop {
 public:
  using Handler = std::function<void(std::uint32_t events, Time now)>;
  // Names one watch; a number is never used again, so an event that is already on its way cannot
  // reach the next owner of the same descriptor.
  using Watch = std::uint64_t;

  EventLoop();

  // `events` as in epoll_ctl(2), level-triggered.
  Watch watch(int descriptor, std::uint32_t events, Handler handler);
  void change(Watch watch, std::uint32_t events);
  // To be called before the descriptor is closed; also from the watch's own handler.
  void forget(Watch watch);

  // Waits for at most `timeout`, then calls the handlers of what has happened.
  void run_once(std::chrono::milliseconds timeout);

 private:
  struct Watched {
    int descriptor;
    Handler handler;
  };

  abi::FileDescriptor epoll_;
  std::unordered_map<Watch, std::shared_ptr<Watched>> watched_;
  Watch last_watch_ = 0;
};

}  // namespace mediaplane
