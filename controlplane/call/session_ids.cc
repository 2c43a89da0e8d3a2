// SPDX-License-Identifier: BSD-2-Clause
#include "controlplane/call/session_ids.h"

#include <numeric>

namespace mediaplane {

SessionIdLease::~SessionIdLease() {
  if (ids_ == nullptr) return;
  ids_->forget_claimed();
  ids_->free_.push_back(id_.index);
}

SessionIds::SessionIds(std::uint32_t capacity, std::uint32_t first_generation)
    : capacity_(capacity), free_(capacity), generation_(first_generation) {
  std::iota(free_.begin(), free_.end(), 0U);
}

std::optional<SessionIdLease> SessionIds::acquire() {
  forget_claimed();
  if (free_.empty()) return std::nullopt;
  if (generation_ == 0) ++generation_;  // 0 means "no session".
  const abi::SessionId id{free_.front(), generation_++};
  free_.pop_front();
  return SessionIdLease(*this, id);
}

std::optional<SessionIdLease> SessionIds::claim(abi::SessionId id) {
  claimed_.resize(capacity_);
  if (id.generation == 0 || id.index >= capacity_ || claimed_[id.index]) return std::nullopt;
  claimed_[id.index] = true;
  return SessionIdLease(*this, id);
}

// All at once, for each is to be looked for among all that are free.
void SessionIds::forget_claimed() {
  if (claimed_.empty()) return;
  std::erase_if(free_, [this](auto index) { return claimed_[index]; });
  claimed_.clear();
}

}  // namespace mediaplane
