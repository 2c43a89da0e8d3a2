// SPDX-License-Identifier: BSD-2-Clause
// The coarse clock, read from the time stamp counter. All lcores share one start, so their ticks
// agree.
#pragma once

#include <cstdint>

#include <rte_cycles.h>

#include "dataplane/net/tick.h"

namespace mediaplane {

class Clock {
 public:
  Clock() : Clock(rte_rdtsc()) {}
  explicit Clock(std::uint64_t start)
      : start_(start),
        cycles_per_tick_(rte_get_tsc_hz() / kTicksPerSecond),
        microseconds_per_cycle_(1e6 / static_cast<double>(rte_get_tsc_hz())),
        next_(start + cycles_per_tick_) {}

  // The present tick. No division: ticks pass one by one.
  Tick now(std::uint64_t tsc) {
    while (static_cast<std::int64_t>(tsc - next_) >= 0) {
      next_ += cycles_per_tick_;
      ++tick_;
    }
    return tick_;
  }
  std::uint64_t microseconds(std::uint64_t tsc) const {
    return static_cast<std::uint64_t>(static_cast<double>(tsc - start_) * microseconds_per_cycle_);
  }

 private:
  std::uint64_t start_;
  std::uint64_t cycles_per_tick_;
  double microseconds_per_cycle_;
  std::uint64_t next_;
  Tick tick_ = 1;  // So that 0 can mean "never".
};

}  // namespace mediaplane
