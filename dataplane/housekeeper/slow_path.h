// SPDX-License-Identifier: BSD-2-Clause
// What workers punt: ARP, neighbour discovery, ICMP and fragments for our addresses, and packets
// whose next hop is not resolved or that are too long for it. Answers who asks for our MACs and who
// pings, feeds the neighbour table, announces our addresses.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "dataplane/housekeeper/fragments.h"
#include "dataplane/housekeeper/neighbours.h"
#include "dataplane/housekeeper/outbox.h"
#include "dataplane/pipeline/context.h"

namespace mediaplane {

// Another station says that it has one of our addresses.
struct AddressConflict {
  IpAddress ip;
  MacAddress mac{};
};

class SlowPath {
 public:
  SlowPath(const std::vector<LocalPort>& ports, NeighbourTable& neighbours, Fragments& fragments,
           Outbox& outbox)
      : ports_(ports), neighbours_(neighbours), fragments_(fragments), outbox_(outbox) {}

  void handle(const Punt& punt, Tick now);
  // The link of this port came up: tell the neighbourhood whose our addresses are, and ask whether
  // anybody else has one of them (RFC 5227, RFC 4862), three times. Media does not wait for it.
  void announce(std::uint16_t ethdev, Tick now);
  // One frame from our MAC, for the switches on the link.
  void be_seen(std::uint16_t ethdev);
  void tick(Tick now);
  // A conflict that has not been told yet, one for each address: the last.
  std::optional<AddressConflict> take_conflict();

 private:
  struct Announcement {
    std::uint16_t ethdev;
    std::uint8_t left;
    Tick next;
  };

  // An address of ours that was claimed.
  struct Contest {
    AddressConflict conflict;
    std::uint16_t ethdev;
    bool is_told = true;
    std::uint8_t left = 0;  // Announcements.
    Tick next = 0;          // When, or when it may be defended again.
  };

  void handle_arp(rte_mbuf* mbuf, const LocalPort& port, Tick now);
  void handle_icmp(rte_mbuf* mbuf, const LocalPort& port, Tick now);
  void handle_icmp6(rte_mbuf* mbuf, const LocalPort& port, Tick now);
  void handle_discovery(rte_mbuf* mbuf, const Discovery& discovery, const LocalPort& port,
                        Tick now);
  void send_answer(rte_mbuf* mbuf, std::size_t length, const LocalPort& port);
  void send_announcements(const LocalPort& port);
  void contest(const Station& other, const LocalPort& port, Tick now);
  void defend(Contest& contest, Tick now);
  bool may_answer_ping(Tick now);

  const std::vector<LocalPort>& ports_;
  NeighbourTable& neighbours_;
  Fragments& fragments_;
  Outbox& outbox_;
  std::vector<Announcement> announcements_;
  std::vector<Contest> contests_;
  Tick ping_tick_ = 0;
  std::uint32_t ping_tokens_ = 0;
};

}  // namespace mediaplane
