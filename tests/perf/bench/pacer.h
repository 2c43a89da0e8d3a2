// SPDX-License-Identifier: BSD-2-Clause
// When packets are due at a steady rate. A generator that was held up sends what it owes at once;
// their time is when they were due, so that the wait of those behind is not forgotten.
#pragma once

#include <algorithm>
#include <cstdint>

namespace mediaplane::bench {

class Pacer {
 public:
  // Time is in cycles from `begin` on.
  Pacer(double packets_per_second, double cycles_per_second, std::uint64_t begin)
      : cycles_per_packet_(cycles_per_second / packets_per_second), begin_(begin) {}

  // How many packets are due by now and have not been taken yet, `most` at most.
  std::uint32_t due(std::uint64_t now, std::uint32_t most) const {
    const auto all =
        static_cast<std::uint64_t>(static_cast<double>(now - begin_) / cycles_per_packet_) + 1;
    return static_cast<std::uint32_t>(std::min<std::uint64_t>(all - std::min(all, taken_), most));
  }
  // Takes the next one; when it was due.
  std::uint64_t take() {
    return begin_ + static_cast<std::uint64_t>(static_cast<double>(taken_++) * cycles_per_packet_);
  }
  std::uint64_t taken() const { return taken_; }

 private:
  double cycles_per_packet_;
  std::uint64_t begin_;
  std::uint64_t taken_ = 0;
};

}  // namespace mediaplane::bench
