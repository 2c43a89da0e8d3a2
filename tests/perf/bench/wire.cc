// SPDX-License-Identifier: BSD-2-Clause
#include "tests/perf/bench/wire.h"

#include <algorithm>
#include <bit>

#include <fmt/format.h>
#include <rte_dev.h>
#include <rte_eth_ring.h>
#include <rte_ring.h>

namespace mediaplane::bench {

Result<std::unique_ptr<Wire>, std::string> Wire::create(std::uint32_t depth, std::uint32_t queues) {
  std::unique_ptr<Wire> wire(new Wire);
  constexpr unsigned kFlags = RING_F_SP_ENQ | RING_F_SC_DEQ;
  const auto failed = [] { return failure(std::string("no rings: DPDK has too little memory")); };
  for (std::uint32_t queue = 0; queue < queues; ++queue) {
    const auto ring = [queue](const char* name, std::uint32_t slots, unsigned flags) {
      return rte_ring_create(fmt::format("{}{}", name, queue).c_str(), slots, SOCKET_ID_ANY, flags);
    };
    wire->in_.push_back(ring("bench_in", depth, kFlags | RING_F_EXACT_SZ));
    // With room for all that can be under way, so that only the relay itself can lose a packet.
    wire->out_.push_back(ring("bench_out", 4 * std::bit_ceil(depth), kFlags));
    if (wire->in_.back() == nullptr || wire->out_.back() == nullptr) return failed();
  }
  if (rte_eth_from_rings("bench", wire->in_.data(), queues, wire->out_.data(), queues,
                         SOCKET_ID_ANY) < 0) {
    return failed();
  }
  return wire;
}

Wire::~Wire() {
  rte_eal_hotplug_remove("vdev", kWireDevice);
  for (auto* ring : in_) rte_ring_free(ring);
  for (auto* ring : out_) rte_ring_free(ring);
}

std::uint32_t Wire::put(std::uint32_t queue, std::span<rte_mbuf*> mbufs) {
  return rte_ring_enqueue_burst(in_[queue], reinterpret_cast<void**>(mbufs.data()),
                                static_cast<unsigned>(mbufs.size()), nullptr);
}

bool Wire::is_in_empty() const {
  return std::ranges::all_of(in_, [](auto* ring) { return rte_ring_empty(ring) != 0; });
}
bool Wire::is_out_empty() const {
  return std::ranges::all_of(out_, [](auto* ring) { return rte_ring_empty(ring) != 0; });
}

std::uint32_t Wire::take(std::uint32_t queue, std::span<rte_mbuf*, kBurst> mbufs) {
  return rte_ring_dequeue_burst(out_[queue], reinterpret_cast<void**>(mbufs.data()), kBurst,
                                nullptr);
}

}  // namespace mediaplane::bench
