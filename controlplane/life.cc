// SPDX-License-Identifier: BSD-2-Clause
#include "controlplane/life.h"

#include <spdlog/spdlog.h>

namespace mediaplane {
namespace {

// Who has just deleted the last session may have another question.
constexpr std::chrono::milliseconds kDrainGrace{500};

}  // namespace

void Life::tick(Executor& executor, Time now, bool drains) {
  if (!is_ready_ && executor.has_been_ready()) {
    is_ready_ = true;
    service_manager_.ready();
    spdlog::info("ready");
  }
  if (drains && !is_draining_) {
    is_draining_ = true;
    executor.drain();
    spdlog::info("draining: no new sessions, end with the last one");
  }
  if (!executor.is_drained()) end_ = Time::max();
  if (executor.is_drained() && end_ == Time::max()) end_ = now + kDrainGrace;
  is_over_ = now >= end_;
  watch_memory(executor);
  service_manager_.tick(now, executor.status());
}

void Life::watch_memory(Executor& executor) {
  reserve_.refill();
  const bool is_short = reserve_.is_low();
  if (is_short && !was_short_) {
    spdlog::error("memory: the system gives no more, new sessions are refused (E81)");
  }
  if (!is_short && was_short_) spdlog::info("memory: there is some again");
  was_short_ = is_short;
  executor.set_short_of_memory(is_short);
}

}  // namespace mediaplane
