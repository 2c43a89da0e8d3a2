// SPDX-License-Identifier: BSD-2-Clause
#include "tests/perf/bench/wire.h"

#include <bit>

#include <rte_dev.h>
#include <rte_eth_ring.h>
#include <rte_ring.h>

namespace mediaplane::bench {

Result<std::unique_ptr<Wire>, std::string> Wire::create(std::uint32_t depth) {
  std::unique_ptr<Wire> wire(new Wire);
  constexpr unsigned kFlags = RING_F_SP_ENQ | RING_F_SC_DEQ;
  wire->in_ = rte_ring_create("bench_in", depth, SOCKET_ID_ANY, kFlags | RING_F_EXACT_SZ);
  // With room for all that can be under way, so that only the relay itself can lose a packet.
  wire->out_ = rte_ring_create("bench_out", 4 * std::bit_ceil(depth), SOCKET_ID_ANY, kFlags);
  if (wire->in_ == nullptr || wire->out_ == nullptr ||
      rte_eth_from_rings("bench", &wire->in_, 1, &wire->out_, 1, SOCKET_ID_ANY) < 0) {
    return failure(std::string("no rings: DPDK has too little memory"));
  }
  return wire;
}

Wire::~Wire() {
  rte_eal_hotplug_remove("vdev", kWireDevice);
  rte_ring_free(in_);
  rte_ring_free(out_);
}

std::uint32_t Wire::put(std::span<rte_mbuf*> mbufs) {
  return rte_ring_enqueue_burst(in_, reinterpret_cast<void**>(mbufs.data()),
                                static_cast<unsigned>(mbufs.size()), nullptr);
}

bool Wire::is_in_empty() const { return rte_ring_empty(in_) != 0; }
bool Wire::is_out_empty() const { return rte_ring_empty(out_) != 0; }

std::uint32_t Wire::take(std::span<rte_mbuf*, kBurst> mbufs) {
  return rte_ring_dequeue_burst(out_, reinterpret_cast<void**>(mbufs.data()), kBurst, nullptr);
}

}  // namespace mediaplane::bench
