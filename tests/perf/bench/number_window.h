// SPDX-License-Identifier: BSD-2-Clause
// Which of a flow's packets have come: the highest number, and the 64 up to it.
#pragma once

#include <cstdint>

namespace mediaplane::bench {

class NumberWindow {
 public:
  enum class Finding : std::uint8_t { kNext, kLate, kTwice };

  Finding note(std::uint32_t number) {
    if (number > highest_) {
      const auto ahead = number - highest_;
      bits_ = ahead < 64 ? bits_ << ahead | 1 : 1;
      highest_ = number;
      return Finding::kNext;
    }
    const auto behind = highest_ - number;
    if (behind >= 64) return Finding::kLate;
    const auto bit = std::uint64_t{1} << behind;
    if ((bits_ & bit) != 0) return Finding::kTwice;
    bits_ |= bit;
    return Finding::kLate;
  }

  std::uint32_t highest() const { return highest_; }

 private:
  std::uint32_t highest_ = 0;
  std::uint64_t bits_ = 1;  // Number 0 is never sent.
};

}  // namespace mediaplane::bench
