// SPDX-License-Identifier: BSD-2-Clause
// Where workers find the rings that carry copies of packets to the recorder. They belong to one
// attachment of the control plane: the housekeeper puts up the rings of a new attachment and takes
// down those of one that has ended. A worker may be about to write into a ring that is taken down,
// so its memory stays mapped until every worker has passed a quiescent state; nobody waits for it.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <vector>

#include "dataplane/abi/ring.h"
#include "dataplane/flow/table.h"

namespace mediaplane {

class CopyRings {
 public:
  CopyRings(const FlowTable& table, std::uint32_t workers) : table_(table), present_(workers) {}

  // For the housekeeper.

  // From now on these, one for each worker; none of them: nobody takes copies.
  void replace(std::vector<abi::SlotRing> rings);
  // Unmaps what no worker can hold any more.
  void reclaim();
  std::size_t retired() const { return retired_.size(); }

  // For a worker: its ring until its next quiescent state, null if nobody takes copies.
  abi::SlotRing* of(std::uint32_t worker) const {
    return present_[worker].load(std::memory_order_acquire);
  }

 private:
  struct Retired {
    std::uint64_t grace;
    std::vector<abi::SlotRing> rings;
  };

  const FlowTable& table_;
  std::vector<std::atomic<abi::SlotRing*>> present_;
  std::vector<abi::SlotRing> rings_;
  std::deque<Retired> retired_;
};

}  // namespace mediaplane
