// SPDX-License-Identifier: BSD-2-Clause
// Which ports have no link, as workers see it: what would leave there is dropped by name instead of
// waiting in a driver's queue, from where it would come out seconds late. The housekeeper writes
// it.
#pragma once

#include <atomic>
#include <cstdint>

namespace mediaplane {

class Links {
 public:
  static constexpr std::uint16_t kMaxEthdevs = 32;

  bool is_up(std::uint16_t ethdev) const {
    return (down_.load(std::memory_order_relaxed) >> ethdev & 1) == 0;
  }
  void set(std::uint16_t ethdev, bool up) {
    const auto bit = std::uint32_t{1} << ethdev;
    const auto down = down_.load(std::memory_order_relaxed);
    down_.store(up ? down & ~bit : down | bit, std::memory_order_relaxed);
  }

 private:
  alignas(64) std::atomic<std::uint32_t> down_{0};  // By ethdev number.
};

}  // namespace mediaplane
