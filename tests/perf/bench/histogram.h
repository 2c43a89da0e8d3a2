// SPDX-License-Identifier: BSD-2-Clause
// Counts of values over many orders of magnitude, each to 3 %: every power of two has 32 parts.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>

namespace mediaplane::bench {

class Histogram {
 public:
  void add(std::uint64_t value) {
    ++counts_[place_of(value)];
    ++count_;
    most_ = std::max(most_, value);
  }

  std::uint64_t count() const { return count_; }
  std::uint64_t most() const { return most_; }

  // The least value that at least this share of all values does not exceed, 0 if there is none. The
  // true one is at most 3 % less.
  std::uint64_t quantile(double share) const {
    const auto wanted = static_cast<double>(count_) * share;
    std::uint64_t sum = 0;
    for (std::size_t place = 0; place < counts_.size(); ++place) {
      sum += counts_[place];
      if (sum > 0 && static_cast<double>(sum) >= wanted) return std::min(last_of(place), most_);
    }
    return most_;
  }

 private:
  static constexpr unsigned kBits = 5;
  static constexpr std::uint64_t kParts = 1U << kBits;

  static std::size_t place_of(std::uint64_t value) {
    if (value < kParts) return value;
    const auto shift = static_cast<unsigned>(std::bit_width(value)) - 1 - kBits;
    return shift * kParts + (value >> shift);
  }
  // The greatest value of a place.
  static std::uint64_t last_of(std::size_t place) {
    if (place < kParts) return place;
    const auto shift = place / kParts - 1;
    return ((place - shift * kParts + 1) << shift) - 1;
  }

  std::array<std::uint64_t, kParts*(64 - kBits + 1)> counts_{};
  std::uint64_t count_ = 0;
  std::uint64_t most_ = 0;
};

}  // namespace mediaplane::bench
