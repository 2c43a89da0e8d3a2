// SPDX-License-Identifier: BSD-2-Clause
// What a worker does when its queues are empty. An appliance polls on; a lab machine, where the
// worker shares its core with others, spins for a millisecond and then sleeps, longer and longer up
// to a bound that a 20 ms media stream does not notice.
#pragma once

#include <cstdint>

namespace mediaplane {

class Idle {
 public:
  // `sleep_us`: the first sleep in microseconds, 0 = never sleep.
  explicit Idle(std::uint32_t sleep_us);

  void had_packets(std::uint64_t tsc) {
    last_packet_ = tsc;
    next_sleep_us_ = sleep_us_;
  }
  // Called after an empty round. True if it slept.
  bool wait(std::uint64_t tsc);

 private:
  std::uint32_t sleep_us_;
  std::uint32_t next_sleep_us_;
  std::uint64_t spin_cycles_;
  std::uint64_t last_packet_ = 0;
};

}  // namespace mediaplane
