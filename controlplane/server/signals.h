// SPDX-License-Identifier: BSD-2-Clause
// Signals as events of the loop.
#pragma once

#include "controlplane/server/event_loop.h"

namespace mediaplane {

class Signals {
 public:
  // Takes SIGTERM and SIGINT (stop now) and SIGHUP (end with the last call) from their default.
  explicit Signals(EventLoop& loop);
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;

  bool wants_stop() const { return wants_stop_; }
  bool wants_drain() const { return wants_drain_; }

 private:
  void read_signals();

  abi::FileDescriptor descriptor_;
  bool wants_stop_ = false;
  bool wants_drain_ = false;
};

}  // namespace mediaplane
