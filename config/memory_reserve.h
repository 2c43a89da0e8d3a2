// SPDX-License-Identifier: BSD-2-Clause
// Some memory put aside while there is enough. When the system refuses more, operator new gets a
// piece of it, in whatever thread: what has been begun is finished, and nothing is left half done.
// Who would begin something new asks is_low() first.
//
// There is one for a process. Without it, or when all of it is gone, operator new throws.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>

namespace mediaplane {

class MemoryReserve {
 public:
  // Each of a size that malloc keeps among its small pieces, where the next ones find it.
  static constexpr std::size_t kPieceBytes = 16 * 1024;
  static constexpr std::size_t kPieces = 256;

  MemoryReserve();
  MemoryReserve(const MemoryReserve&) = delete;
  MemoryReserve& operator=(const MemoryReserve&) = delete;
  ~MemoryReserve();

  // Puts aside again what was taken, as far as the system gives it. To be called regularly.
  void refill();
  // Less than half of it is left.
  bool is_low() const;

 private:
  static void give();

  std::array<std::atomic<void*>, kPieces> pieces_{};
};

}  // namespace mediaplane
