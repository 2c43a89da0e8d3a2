// SPDX-License-Identifier: BSD-2-Clause
// The neighbour table: next hops, their MAC addresses and the packets that wait for them.
//
// A neighbour is created when a flow needs it, never by what strangers send. It is asked for by ARP
// or neighbour discovery (three times, a second apart), asked again every 30 s while flows use it,
// and its old MAC stays in use meanwhile. Only an answer to our own question makes or changes an
// entry; an announcement that nobody asked for makes us ask. A few packets are held for a neighbour
// that is being resolved; one that does not answer is asked again, once a second at most, when
// packets come for it. While a link is down nobody there is asked and nobody forgotten; when it
// comes up, everybody is asked at once.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "dataplane/housekeeper/discovery.h"
#include "dataplane/housekeeper/outbox.h"
#include "dataplane/net/tick.h"
#include "dataplane/pipeline/links.h"
#include "dataplane/pipeline/neighbours.h"

namespace mediaplane {

struct NeighbourInfo {
  std::uint16_t ethdev = 0;
  IpAddress ip;
  MacAddress mac{};
  bool is_known = false;
};

class NeighbourTable {
 public:
  static constexpr std::size_t kHeldPackets = 4;

  // `macs` is what workers see of the table.
  NeighbourTable(NeighbourMacs& macs, Outbox& outbox) : macs_(macs), outbox_(outbox) {}

  // The number of a neighbour, which is created if need be and stays until as many release()s
  // follow. kNoNeighbour if the table is full. `us` asks for it.
  NeighbourIndex acquire(std::uint16_t ethdev, const IpAddress& ip, const Station& us, Tick now);
  void release(NeighbourIndex index, Tick now);
  // A neighbour whose MAC is configured and never asked for.
  NeighbourIndex pin(std::uint16_t ethdev, const IpAddress& ip, const MacAddress& mac, Tick now);

  // Sends the packet when the neighbour answers, or drops it.
  void hold(NeighbourIndex index, rte_mbuf* mbuf, Tick now);
  // A packet told where `ip` is. `answer`: it was sent to us as an answer.
  void learn(std::uint16_t ethdev, const IpAddress& ip, const MacAddress& mac, bool answer,
             Tick now);
  // Whatever the link was before.
  void link_changed(std::uint16_t ethdev, bool is_up, Tick now);
  // Asks, asks again, gives up. To be called every few milliseconds.
  void tick(Tick now);
  // Drops all held packets.
  void drop_held(Verdict verdict);

  std::size_t held() const { return held_; }
  std::vector<NeighbourInfo> all() const;

 private:
  struct Neighbour {
    std::uint16_t ethdev = 0;
    IpAddress ip;
    Station us;
    MacAddress mac{};
    bool used = false;
    Tick freed = 0;  // Unless used: since when not.
    bool pinned = false;
    bool known = false;      // Its MAC is known.
    bool asking = false;     // Questions are open.
    bool silent = false;     // It did not answer the last three.
    bool doubted = false;    // Somebody announced another MAC.
    std::uint8_t asked = 0;  // Questions since `asking`.
    std::uint32_t users = 0;
    Tick next = 0;       // When to ask (again).
    Tick confirmed = 0;  // Last answer.
    std::uint8_t held_count = 0;
    std::array<rte_mbuf*, kHeldPackets> held{};
  };

  NeighbourIndex find(std::uint16_t ethdev, const IpAddress& ip) const;
  NeighbourIndex create(std::uint16_t ethdev, const IpAddress& ip, const Station& us, Tick now);
  bool ask(Neighbour& neighbour, Tick now);
  void begin_asking(Neighbour& neighbour, Tick now);
  void give_up(NeighbourIndex index, Tick now);
  void drop_held_of(Neighbour& neighbour, Verdict verdict);

  NeighbourMacs& macs_;
  Outbox& outbox_;
  Links links_;
  std::vector<Neighbour> table_{1};  // By number; kNoNeighbour is nobody.
  Tick question_second_ = 0;
  std::uint32_t questions_ = 0;  // In this second.
  std::size_t turn_ = 1;         // Whose turn it is to be asked first.
  std::size_t held_ = 0;
};

}  // namespace mediaplane
