// SPDX-License-Identifier: BSD-2-Clause
#include "controlplane/call/session_ids.h"

#include <numeric>

namespace mediaplane {

SessionIdLease::~SessionIdLease() {
  if (ids_ != nullptr) ids_->free_.push_back(id_.index);
}

SessionIds::SessionIds(std::uint32_t capacity, std::uint32_t first_generation)
    : free_(capacity), generation_(first_generation) {
  std::iota(free_.begin(), free_.end(), 0U);
}

std::optional<SessionIdLease> SessionIds::acquire() {
  if (free_.empty()) return std::nullopt;
  if (generation_ == 0) ++generation_;  // 0 means "no session".
  const abi::SessionId id{free_.front(), generation_++};
  free_.pop_front();
  return SessionIdLease(*this, id);
}

}  // namespace mediaplane
