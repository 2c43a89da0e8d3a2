// SPDX-License-Identifier: BSD-2-Clause
// Packets that the housekeeper makes or holds go out through a worker, which owns the transmit
// queue: over the injection ring of that worker.
#pragma once

#include <cstdint>
#include <vector>

#include "dataplane/pipeline/context.h"

struct rte_mempool;

namespace mediaplane {

class Outbox {
 public:
  Outbox(rte_mempool* pool, std::vector<ValueRing<Injection>*> rings, abi::LcoreTotals& totals)
      : pool_(pool), rings_(std::move(rings)), totals_(totals) {}

  // A new packet of `length` bytes, or null if the pool is empty.
  rte_mbuf* allocate(std::uint16_t length);
  // A packet that allocate() gave, or that was answered in place: counted as generated.
  void send_generated(rte_mbuf* mbuf, std::uint16_t ethdev);
  // A packet that came in or was held: it goes on.
  void send(rte_mbuf* mbuf, std::uint16_t ethdev);

  // A packet that was asked of us, before it is known whether it can be made and sent.
  void count_generated() { abi::add(totals_.generated, std::uint64_t{1}); }
  // Of a packet that count_generated() counted and that was never made.
  void count_dropped(Verdict verdict) { count(totals_, verdict); }

  // The two other ends of a packet that the housekeeper got.
  void consume(rte_mbuf* mbuf);
  void drop(rte_mbuf* mbuf, Verdict verdict);
  // It ended here, but its buffer goes on as an answer.
  void count_consumed() { abi::add(totals_.consumed, std::uint64_t{1}); }

 private:
  rte_mempool* pool_;
  std::vector<ValueRing<Injection>*> rings_;
  abi::LcoreTotals& totals_;
};

}  // namespace mediaplane
