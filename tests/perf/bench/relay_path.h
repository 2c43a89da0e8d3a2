// SPDX-License-Identifier: BSD-2-Clause
// The relay's whole packet path between two rings, from receive to transmit, with everything that
// belongs to it: a port (net_ring), the flow table, learning, statistics. It runs on the caller's
// thread, so that nothing but the path itself is measured.
#pragma once

#include <atomic>
#include <memory>
#include <span>
#include <vector>

#include "dataplane/housekeeper/neighbours.h"
#include "dataplane/housekeeper/routes.h"
#include "dataplane/housekeeper/sessions.h"
#include "dataplane/port/ports.h"
#include "dataplane/region_memory.h"
#include "dataplane/worker/loop.h"
#include "tests/perf/bench/traffic.h"

struct rte_ring;

namespace mediaplane::bench {

inline constexpr std::uint32_t kRingPackets = 4096;

class RelayPath {
 public:
  // EAL has started. `sessions` at most; null if memory is missing.
  static std::unique_ptr<RelayPath> create(const TrafficOptions& options);
  ~RelayPath();

  const MacAddress& mac() const;
  bool set(const abi::Session& session);

  // A packet to be received; false if the ring or the pool is full.
  bool offer(std::span<const std::byte> frame);
  // One round of the worker's loop: the packets that it received.
  std::uint32_t round();
  // Packets that were transmitted.
  template <typename Take>
  void collect(Take take) {
    std::array<rte_mbuf*, kBurst> mbufs;
    while (const auto count = transmitted(mbufs)) {
      for (std::uint32_t i = 0; i < count; ++i) {
        take(std::span(rte_pktmbuf_mtod(mbufs[i], const std::byte*), mbufs[i]->data_len));
        rte_pktmbuf_free(mbufs[i]);
      }
    }
  }
  // What the worker told is learned, and the table reclaimed.
  void housekeep();
  std::uint64_t drops() const;
};

}  // namespace mediaplane::bench
