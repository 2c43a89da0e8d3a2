// SPDX-License-Identifier: BSD-2-Clause
// One direction between the two processes: a single-producer single-consumer rte_ring of slots, by
// value, in shared memory. The one place of this folder that knows DPDK; the inline functions of
// rte_ring need no EAL.
//
// rte_ring keeps its geometry (size, mask, capacity) in the first 128 bytes of the structure and
// heads and tails behind them. Here the geometry lies in a private page that is mapped directly
// before the shared pages: whatever the other process scribbles over heads, tails and slots, this
// one never reads or writes outside the ring. Garbage in the slots is the message checks' business.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "dataplane/abi/messages.h"
#include "dataplane/abi/shared_memory.h"

struct rte_ring;

namespace mediaplane::abi {

class SlotRing {
 public:
  // Bytes of shared memory for a ring of `slots` slots (a power of two).
  static std::size_t shared_bytes(std::uint32_t slots);

  // Maps a ring of `slots` slots. Fresh memory is all zero, which is an empty ring.
  static SystemResult<SlotRing> map(const FileDescriptor& memory, std::uint32_t slots);

  // Enqueues all of the slots or none.
  bool enqueue(std::span<const Slot> slots);
  // Dequeues exactly slots.size() slots or none.
  bool dequeue(std::span<Slot> slots);
  bool is_empty() const;

 private:
  SlotRing(Mapping mapping, rte_ring* ring) : mapping_(std::move(mapping)), ring_(ring) {}

  Mapping mapping_;
  rte_ring* ring_;
};

}  // namespace mediaplane::abi
