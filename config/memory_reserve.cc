// SPDX-License-Identifier: BSD-2-Clause
#include "config/memory_reserve.h"

#include <algorithm>
#include <cstdlib>
#include <new>

namespace mediaplane {
namespace {

// The handler of operator new is a plain function and has to find it.
std::atomic<MemoryReserve*>& present() {
  static std::atomic<MemoryReserve*> reserve{nullptr};
  return reserve;
}

}  // namespace

MemoryReserve::MemoryReserve() {
  refill();
  present().store(this);
  std::set_new_handler(give);
}

MemoryReserve::~MemoryReserve() {
  std::set_new_handler(nullptr);
  present().store(nullptr);
  for (auto& piece : pieces_) std::free(piece.load());
}

void MemoryReserve::refill() {
  for (auto& piece : pieces_) {
    if (piece.load(std::memory_order_relaxed) != nullptr) continue;
    void* bytes = std::malloc(kPieceBytes);
    if (bytes == nullptr) continue;  // The next one may be given: who knows why it was not.
    piece.store(bytes, std::memory_order_release);
  }
}

bool MemoryReserve::is_low() const {
  const auto left = std::count_if(pieces_.begin(), pieces_.end(), [](const auto& piece) {
    return piece.load(std::memory_order_relaxed) != nullptr;
  });
  return static_cast<std::size_t>(left) < kPieces / 2;
}

// Called by operator new again and again until it gets its memory.
void MemoryReserve::give() {
  if (auto* reserve = present().load()) {
    for (auto& piece : reserve->pieces_) {
      if (void* bytes = piece.exchange(nullptr, std::memory_order_acquire)) return std::free(bytes);
    }
  }
  std::set_new_handler(nullptr);
}

}  // namespace mediaplane
