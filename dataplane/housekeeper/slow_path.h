// SPDX-License-Identifier: BSD-2-Clause
// What workers punt: ARP and ICMP for our addresses, and packets whose next hop is not resolved.
// Answers ARP requests and pings, feeds the neighbour table, announces our addresses.
#pragma once

#include <span>
#include <vector>

#include "dataplane/housekeeper/neighbours.h"
#include "dataplane/housekeeper/outbox.h"
#include "dataplane/pipeline/context.h"

namespace mediaplane {

class SlowPath {
 public:
  SlowPath(const std::vector<LocalPort>& ports, NeighbourTable& neighbours, Outbox& outbox)
      : ports_(ports), neighbours_(neighbours), outbox_(outbox) {}

  void handle(const Punt& punt, Tick now);
  // The link of this port came up: tell the neighbourhood whose our addresses are, three times.
  void announce(std::uint16_t ethdev, Tick now);
  void tick(Tick now);

 private:
  struct Announcement {
    std::uint16_t ethdev;
    std::uint8_t left;
    Tick next;
  };

  void handle_arp(rte_mbuf* mbuf, const LocalPort& port, Tick now);
  void handle_icmp(rte_mbuf* mbuf, const LocalPort& port, Tick now);
  void send_announcements(const LocalPort& port);
  bool may_answer_ping(Tick now);

  const std::vector<LocalPort>& ports_;
  NeighbourTable& neighbours_;
  Outbox& outbox_;
  std::vector<Announcement> announcements_;
  Tick ping_tick_ = 0;
  std::uint32_t ping_tokens_ = 0;
};

}  // namespace mediaplane
