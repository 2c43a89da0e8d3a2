// SPDX-License-Identifier: BSD-2-Clause
// Where the program stands between its start and its end: ready, draining, short of memory. Says so
// to the service manager and to the log.
#pragma once

#include "config/memory_reserve.h"
#include "controlplane/call/executor.h"
#include "controlplane/server/service_manager.h"

namespace mediaplane {

class Life {
 public:
  // To be made before whatever takes memory in the course of time.
  Life() = default;
  Life(const Life&) = delete;
  Life& operator=(const Life&) = delete;
  ~Life() { service_manager_.stopping(); }

  // To be called every few hundredths of a second. `drains`: the end is wanted, with the last call.
  void tick(Executor& executor, Time now, bool drains);
  bool is_over() const { return is_over_; }

 private:
  void watch_memory(Executor& executor);

  MemoryReserve reserve_;
  ServiceManager service_manager_;
  bool was_short_ = false;  // Of memory.
  bool is_ready_ = false;
  bool is_draining_ = false;
  Time end_ = Time::max();  // As long as there are sessions.
  bool is_over_ = false;
};

}  // namespace mediaplane
