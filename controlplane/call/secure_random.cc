// SPDX-License-Identifier: BSD-2-Clause
#include "controlplane/call/secure_random.h"

#include <cstdlib>

#include <sys/random.h>

namespace mediaplane {

std::uint32_t SecureRandom::next() {
  if (left_ == 0) {
    // Requests of up to 256 bytes are never cut short; without randomness there is no safe port.
    if (getrandom(numbers_.data(), sizeof numbers_, 0) != sizeof numbers_) std::abort();
    left_ = numbers_.size();
  }
  return numbers_[--left_];
}

std::uint32_t SecureRandom::below(std::uint32_t bound) {
  // The lowest 2^32 mod bound numbers would make the small results likelier than the others.
  const std::uint32_t surplus = (0U - bound) % bound;
  auto number = next();
  while (number < surplus) number = next();
  return number % bound;
}

}  // namespace mediaplane
