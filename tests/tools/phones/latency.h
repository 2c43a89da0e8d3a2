// SPDX-License-Identifier: BSD-2-Clause
// A histogram of microseconds with 32 steps to each power of two: any number of samples in a fixed
// room, quantiles with an error below 4 per cent, the maximum exact.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace mediaplane::phones {

class LatencyHistogram {
 public:
  void add(std::chrono::nanoseconds sample) {
    const auto us = static_cast<std::uint64_t>(std::max<std::int64_t>(sample.count() / 1000, 0));
    ++buckets_[bucket_of(us)];
    ++count_;
    max_ = std::max(max_, us);
  }

  void clear() { *this = LatencyHistogram{}; }
  std::uint64_t max_us() const { return max_; }

  // The smallest value that the given share (0 .. 1) of the samples does not exceed; 0 = no sample.
  std::uint64_t quantile_us(double share) const {
    const auto wanted = static_cast<std::uint64_t>(share * static_cast<double>(count_));
    std::uint64_t seen = 0;
    for (std::size_t bucket = 0; bucket < kBuckets; ++bucket) {
      seen += buckets_[bucket];
      if (seen > wanted || (seen == count_ && seen > 0)) return std::min(top_of(bucket), max_);
    }
    return 0;
  }

 private:
  static constexpr unsigned kStepBits = 5;
  static constexpr std::uint64_t kSteps = 1U << kStepBits;
  static constexpr std::size_t kBuckets = 28 * kSteps;  // Up to 2^32 us; the last takes the rest.

  static std::size_t bucket_of(std::uint64_t us) {
    if (us < kSteps) return us;
    const auto shift = static_cast<unsigned>(std::bit_width(us)) - 1 - kStepBits;
    return std::min<std::size_t>((shift + 1) * kSteps + ((us >> shift) - kSteps), kBuckets - 1);
  }

  static std::uint64_t top_of(std::size_t bucket) {
    if (bucket < kSteps) return bucket;
    const auto shift = bucket / kSteps - 1;
    return ((bucket % kSteps + kSteps + 1) << shift) - 1;
  }

  std::array<std::uint32_t, kBuckets> buckets_{};
  std::uint64_t count_ = 0;
  std::uint64_t max_ = 0;
};

}  // namespace mediaplane::phones
