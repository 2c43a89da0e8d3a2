// SPDX-License-Identifier: BSD-2-Clause
// Packets that the housekeeper makes or holds go out through a worker, which owns the transmit
// queue: over the injection ring of that worker.
#pragma once

#include <cstddef>
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
  // A new packet: `write(frame)` fills `room` bytes at most and returns how many. False if the pool
  // is empty.
  template <typename Write>
  bool generate(std::uint16_t ethdev, std::uint16_t room, Write write) {
    rte_mbuf* mbuf = allocate(room);
    if (mbuf == nullptr) return false;
    set_length(*mbuf, write(frame_of(*mbuf)));
    send_generated(mbuf, ethdev);
    return true;
  }
  // A packet that came in or was held: it goes on.
  void send(rte_mbuf* mbuf, std::uint16_t ethdev);
  // A packet put together of others, counted as generated: this worker treats it as if it had come
  // in on that port.
  void hand_in(rte_mbuf* mbuf, std::uint16_t ethdev, std::uint32_t worker);

  // A packet that was asked of us, before it is known whether it can be made and sent.
  void count_generated() { abi::add(totals_.generated, std::uint64_t{1}); }
  // Of packets that count_generated() counted and that were never made, or whose buffers are gone.
  void count_dropped(Verdict verdict, std::uint64_t packets = 1) {
    count(totals_, verdict, packets);
  }

  // The two other ends of a packet that the housekeeper got.
  void consume(rte_mbuf* mbuf);
  void drop(rte_mbuf* mbuf, Verdict verdict);
  // It ended here, but its buffer goes on as an answer.
  void count_consumed(std::uint64_t packets = 1) { abi::add(totals_.consumed, packets); }

  static std::byte* frame_of(rte_mbuf& mbuf);
  // Of a packet in one buffer; no more than the buffer holds.
  static void set_length(rte_mbuf& mbuf, std::size_t length);

 private:
  rte_mempool* pool_;
  std::vector<ValueRing<Injection>*> rings_;
  abi::LcoreTotals& totals_;
};

}  // namespace mediaplane
