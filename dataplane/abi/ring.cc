// SPDX-License-Identifier: BSD-2-Clause
#include "dataplane/abi/ring.h"

#include <algorithm>
#include <cerrno>

#include <rte_ring.h>
#include <rte_ring_elem.h>
#include <unistd.h>

namespace mediaplane::abi {
namespace {

constexpr std::size_t kGeometryBytes = 128;
static_assert(offsetof(rte_ring, prod) == kGeometryBytes);

}  // namespace

std::size_t SlotRing::shared_bytes(std::uint32_t slots) {
  return sizeof(rte_ring) - kGeometryBytes + std::size_t{slots} * sizeof(Slot);
}

SystemResult<SlotRing> SlotRing::map(const FileDescriptor& memory, std::uint32_t slots) {
  rte_ring blank;
  // rte_ring takes 0 for a power of two, and makes a ring of it that has no end.
  if (slots < 2 || rte_ring_init(&blank, "slots", slots, RING_F_SP_ENQ | RING_F_SC_DEQ) != 0) {
    return failure(EINVAL);
  }
  auto mapping = map_behind_private_page(memory, shared_bytes(slots));
  if (!mapping) return failure(mapping.error());
  auto* shared = mapping->base() + sysconf(_SC_PAGESIZE);
  auto* geometry = shared - kGeometryBytes;
  std::copy_n(reinterpret_cast<const std::byte*>(&blank), kGeometryBytes, geometry);
  return SlotRing(std::move(*mapping), reinterpret_cast<rte_ring*>(geometry));
}

bool SlotRing::enqueue(std::span<const Slot> slots) {
  return rte_ring_sp_enqueue_bulk_elem(ring_, slots.data(), sizeof(Slot),
                                       static_cast<unsigned>(slots.size()), nullptr) != 0;
}

bool SlotRing::dequeue(std::span<Slot> slots) {
  return rte_ring_sc_dequeue_bulk_elem(ring_, slots.data(), sizeof(Slot),
                                       static_cast<unsigned>(slots.size()), nullptr) != 0;
}

bool SlotRing::is_empty() const { return rte_ring_empty(ring_) != 0; }

}  // namespace mediaplane::abi
