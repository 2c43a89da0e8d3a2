// SPDX-License-Identifier: BSD-2-Clause
// All that the stages need besides the burst itself. What all workers share is read-only for them,
// or made for concurrent use; the rest belongs to one worker.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include <rte_mbuf.h>

#include "dataplane/abi/ids.h"
#include "dataplane/abi/region.h"
#include "dataplane/flow/fingerprint.h"
#include "dataplane/flow/table.h"
#include "dataplane/net/address.h"
#include "dataplane/net/tick.h"
#include "dataplane/pipeline/copy_rings.h"
#include "dataplane/pipeline/links.h"
#include "dataplane/pipeline/neighbours.h"
#include "dataplane/pipeline/spray_guard.h"
#include "dataplane/pipeline/value_ring.h"
#include "dataplane/pipeline/verdict.h"

namespace mediaplane {

// One of our IPv4 addresses and its number in commands and keys.
struct LocalIpv4 {
  Be32 ip;
  Be32 broadcast;  // Of its prefix.
  std::uint16_t index;
};

// One of our IPv6 addresses.
struct LocalIpv6 {
  Ipv6Bytes ip;
  Ipv6Bytes solicited_node;  // Where neighbours ask for it.
  std::uint16_t index;
};

// What the packet path knows of an ethdev port. Fixed at start.
struct LocalPort {
  std::uint16_t ethdev = 0;
  std::uint16_t mtu = 1500;
  MacAddress mac{};
  bool checks_ipv4 = false;  // The port verifies IPv4 header checksums.
  std::vector<LocalIpv4> addresses;
  std::vector<LocalIpv6> addresses6;

  void add_address(const Prefix& prefix, std::uint16_t index);
};

// A worker tells the housekeeper of a packet that may teach (flow/latch.h).
struct LearningEvent {
  abi::FlowIndex flow;
  std::uint32_t generation;  // Of the flow entry.
  Endpoint source;
  Tick tick;
  std::uint32_t ssrc;
  std::uint16_t sequence;
  std::uint8_t rtp;
  std::uint8_t flags;
};
inline constexpr std::uint8_t kEventRelayed = 1;
inline constexpr std::uint8_t kEventSprayer = 2;
static_assert(sizeof(LearningEvent) == 40);

// A packet handed to the housekeeper: punted, or to be sent when its next hop is resolved.
struct Punt {
  rte_mbuf* mbuf;
  Verdict verdict;  // kPunt, kResolve or kSplit
  std::uint8_t reserved;
  NeighbourIndex neighbour;  // kResolve, kSplit
  std::uint16_t ethdev;      // Where it came in, or where it is to go out.
  std::uint16_t worker;      // Whose it was.
};
static_assert(sizeof(Punt) == 16);

// A packet handed to a worker.
struct Injection {
  rte_mbuf* mbuf;
  std::uint16_t ethdev;
  std::uint16_t came_in;  // 0: to be transmitted as it is; 1: as if it had come in there.
  std::uint32_t reserved;
};
static_assert(sizeof(Injection) == 16);

// Shared by all workers.
struct Shared {
  FlowTable& table;
  abi::Region region;
  std::span<FingerprintCell> fingerprints;  // By flow.
  NeighbourMacs& neighbours;
  SprayGuard& spray_guard;
  std::vector<LocalPort> ports;  // By ethdev number; ports that are not ours are empty.
  std::vector<Be32> own_ipv4;    // All our addresses on all ports.
  std::vector<Ipv6Bytes> own_ipv6;
  Links links{};
};

inline void LocalPort::add_address(const Prefix& prefix, std::uint16_t index) {
  if (prefix.ip.family == IpFamily::kIpv4) {
    addresses.push_back({prefix.ip.ipv4(), prefix.broadcast().ipv4(), index});
  } else {
    addresses6.push_back({prefix.ip.bytes, solicited_node_of(prefix.ip.bytes), index});
  }
}

struct WorkerContext {
  Shared& shared;
  std::uint32_t worker;
  abi::LcoreTotals& totals;
  ValueRing<LearningEvent>& events;
  ValueRing<Punt>& punts;
  ValueRing<Injection>& injections;
  const CopyRings& copies;
  rte_mempool* pool;
  Tick now = 0;
  std::uint64_t microseconds = 0;  // Since the start, finer than ticks.
  std::uint16_t next_ip_id = 0;
};

}  // namespace mediaplane
