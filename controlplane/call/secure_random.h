// SPDX-License-Identifier: BSD-2-Clause
// Numbers that nobody can guess, from the kernel, fetched by the dozen.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace mediaplane {

class SecureRandom {
 public:
  std::uint32_t next();

  // Uniform in 0 .. bound-1; `bound` is not 0.
  std::uint32_t below(std::uint32_t bound);

 private:
  std::array<std::uint32_t, 64> numbers_{};
  std::size_t left_ = 0;
};

}  // namespace mediaplane
