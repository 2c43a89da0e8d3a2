// SPDX-License-Identifier: BSD-2-Clause
#include "dataplane/pipeline/copy_rings.h"

#include <utility>

namespace mediaplane {

void CopyRings::replace(std::vector<abi::SlotRing> rings) {
  // A vector that is moved keeps its elements where they are.
  auto former = std::exchange(rings_, std::move(rings));
  for (std::size_t i = 0; i < present_.size(); ++i) {
    present_[i].store(i < rings_.size() ? &rings_[i] : nullptr, std::memory_order_release);
  }
  if (!former.empty()) retired_.push_back({table_.begin_grace(), std::move(former)});
}

void CopyRings::reclaim() {
  while (!retired_.empty() && table_.is_over(retired_.front().grace)) retired_.pop_front();
}

}  // namespace mediaplane
