// SPDX-License-Identifier: BSD-2-Clause
#include "dataplane/worker/idle.h"

#include <algorithm>

#include <rte_cycles.h>
#include <rte_pause.h>
#include <time.h>

namespace mediaplane {
namespace {

constexpr std::uint32_t kLongestSleepUs = 500;
constexpr std::uint64_t kSpinsPerSecond = 1000;  // One spin lasts 1 ms.

}  // namespace

Idle::Idle(std::uint32_t sleep_us)
    : sleep_us_(sleep_us),
      next_sleep_us_(sleep_us),
      spin_cycles_(rte_get_tsc_hz() / kSpinsPerSecond) {}

bool Idle::wait(std::uint64_t tsc) {
  if (sleep_us_ == 0 || tsc - last_packet_ < spin_cycles_) {
    rte_pause();
    return false;
  }
  const timespec pause{0, static_cast<long>(next_sleep_us_) * 1000};
  nanosleep(&pause, nullptr);
  next_sleep_us_ = std::max(sleep_us_, std::min(2 * next_sleep_us_, kLongestSleepUs));
  return true;
}

}  // namespace mediaplane
