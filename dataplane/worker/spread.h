// SPDX-License-Identifier: BSD-2-Clause
// Spreading in software, for ports that have fewer queue pairs than there are workers. The first
// workers have a queue pair each and are hosts; the others are guests of one of them. A host gives
// its guests their share of what it receives, flow by flow, and transmits what they have to send.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "dataplane/pipeline/value_ring.h"

struct rte_mbuf;

namespace mediaplane {

// Between a host and one guest.
struct SpreadRings {
  std::unique_ptr<ValueRing<rte_mbuf*>> received;  // To the guest.
  std::unique_ptr<ValueRing<rte_mbuf*>> to_send;   // To the host.
};

// What one worker has to do with one port.
struct WorkerPort {
  std::uint16_t ethdev;
  std::uint16_t queue = 0;                   // Of a host.
  std::vector<const SpreadRings*> guests{};  // Of a host.
  const SpreadRings* host = nullptr;         // Set for a guest.
};

// The rings of one port.
class Spread {
 public:
  // `queues` >= 1; `slots` of each ring is a power of two. Null if EAL has too little memory.
  static std::unique_ptr<Spread> create(std::uint16_t ethdev, std::uint32_t queues,
                                        std::uint32_t workers, unsigned slots);

  WorkerPort port_of(std::uint32_t worker) const;
  // Which worker gets a packet that comes from no queue: whose it would be, as far as software
  // spreads. Which queue a NIC would have chosen is not known; the host of worker `near` is as good
  // as any.
  std::uint32_t worker_of(const rte_mbuf& mbuf, std::uint32_t near) const;
  std::uint16_t ethdev() const { return ethdev_; }
  // When no worker runs any more: frees what lies in the rings. Returns how many packets guests had
  // still wanted to send.
  std::uint32_t drain();

 private:
  Spread(std::uint16_t ethdev, std::uint32_t queues) : ethdev_(ethdev), queues_(queues) {}

  std::uint16_t ethdev_;
  std::uint32_t queues_;
  std::vector<SpreadRings> guests_;  // Of the workers from number `queues_` on.
};

// Which of `shares` workers gets this packet: the same for all packets to a UDP port and its RTCP
// neighbour. What is not plainly UDP is the host's own, 0.
std::uint32_t share_of(const rte_mbuf& mbuf, std::uint32_t shares);

}  // namespace mediaplane
