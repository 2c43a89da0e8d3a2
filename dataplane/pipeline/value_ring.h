// SPDX-License-Identifier: BSD-2-Clause
// A single-producer single-consumer rte_ring of values between two lcores of the data plane.
#pragma once

#include <array>
#include <atomic>
#include <cstdio>
#include <memory>
#include <span>
#include <type_traits>

#include <rte_ring.h>
#include <rte_ring_elem.h>

namespace mediaplane {

// EAL wants a name for each ring.
inline unsigned next_ring_number() {
  static std::atomic<unsigned> number{0};
  return number.fetch_add(1);
}

template <typename T>
class ValueRing {
  static_assert(sizeof(T) % 4 == 0 && std::is_trivially_copyable_v<T>);

 public:
  // `slots` is a power of two; one slot stays unused. Null if EAL has too little memory.
  static std::unique_ptr<ValueRing> create(unsigned slots) {
    std::array<char, RTE_RING_NAMESIZE> name{};
    std::snprintf(name.data(), name.size(), "values%u", next_ring_number());
    rte_ring* ring = rte_ring_create_elem(name.data(), sizeof(T), slots, SOCKET_ID_ANY,
                                          RING_F_SP_ENQ | RING_F_SC_DEQ);
    return ring == nullptr ? nullptr : std::unique_ptr<ValueRing>(new ValueRing(ring));
  }

  ValueRing(const ValueRing&) = delete;
  ValueRing& operator=(const ValueRing&) = delete;
  ~ValueRing() { rte_ring_free(ring_); }

  bool push(const T& value) {
    return rte_ring_sp_enqueue_elem(ring_, const_cast<T*>(&value), sizeof(T)) == 0;
  }
  // Adds as many of them as there is room for, from the first on; returns how many.
  unsigned push(std::span<const T> values) {
    return rte_ring_sp_enqueue_burst_elem(ring_, values.data(), sizeof(T),
                                          static_cast<unsigned>(values.size()), nullptr);
  }
  // Takes up to values.size() values; returns how many.
  unsigned pop(std::span<T> values) {
    return rte_ring_sc_dequeue_burst_elem(ring_, values.data(), sizeof(T),
                                          static_cast<unsigned>(values.size()), nullptr);
  }

 private:
  explicit ValueRing(rte_ring* ring) : ring_(ring) {}

  rte_ring* ring_;
};

}  // namespace mediaplane
