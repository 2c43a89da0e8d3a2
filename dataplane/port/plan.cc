// SPDX-License-Identifier: BSD-2-Clause
#include "dataplane/port/plan.h"

#include <algorithm>
#include <bit>

#include <rte_mbuf.h>

#include "dataplane/abi/messages.h"
#include "dataplane/abi/region.h"
#include "dataplane/flow/table.h"
#include "dataplane/pipeline/context.h"

namespace mediaplane {
namespace {

// Each queue can hold as many mbufs as it has descriptors, each lcore a cache and some bursts, and
// the housekeeper what its rings and the held packets of its neighbours hold.
std::uint32_t needed_mbufs(const Config& config) {
  const auto workers = static_cast<std::uint32_t>(config.dataplane.worker_cpus.size());
  const auto ports = static_cast<std::uint32_t>(config.ports.size());
  const auto queues = ports * workers * (kRxDescriptors + kTxDescriptors);
  const auto lcores = (workers + 1) * (2 * kMbufCache + 4 * kBurst);
  const auto guests = ports * (workers - 1);
  const auto rings = workers * (kPuntSlots + kInjectionSlots) + guests * 2 * kSpreadSlots;
  return queues + lcores + rings + 1024;
}

// The longest frame of any port, of which a driver may want to see checksum and VLAN tags, and the
// headroom into which IPv4 packets grow that leave as IPv6.
std::uint16_t needed_room(const Config& config) {
  constexpr std::uint32_t kAroundPacket = 14 + 2 * 4 + 4;
  constexpr std::uint32_t kLine = 64;
  std::uint32_t room = RTE_MBUF_DEFAULT_BUF_SIZE;
  for (const auto& port : config.ports) {
    const auto frame = RTE_PKTMBUF_HEADROOM + port.mtu + kAroundPacket;
    room = std::max(room, (frame + kLine - 1) / kLine * kLine);
  }
  return static_cast<std::uint16_t>(room);
}

std::size_t attachment_bytes(std::size_t workers) {
  const auto slots = std::size_t{abi::kCommandRingSlots} + abi::kEventRingSlots +
                     abi::kPlaybackRingSlots + workers * abi::kCopyRingSlots;
  return slots * sizeof(abi::Slot);
}

std::size_t session_bytes(std::uint32_t sessions) {
  constexpr std::size_t kInRegion =
      abi::kFlowsPerSession * (sizeof(abi::FlowStatistics) + sizeof(abi::LearnedEndpoint)) +
      sizeof(abi::CallRecord) - abi::CallRecord::kInlineBytes;
  const auto table = FlowTable::memory_bytes(sessions * abi::kFlowsPerSession) -
                     FlowTable::memory_bytes(abi::kFlowsPerSession);
  return table / sessions + kInRegion + kKeptOfSession;
}

}  // namespace

MemoryPlan plan_memory(const Config& config) {
  MemoryPlan plan;
  // A mempool is most economical at a power of two less one.
  plan.mbufs = config.dataplane.mbufs != 0 ? config.dataplane.mbufs
                                           : std::bit_ceil(needed_mbufs(config)) - 1;
  plan.mbuf_room = needed_room(config);
  const auto workers = config.dataplane.worker_cpus.size();
  const auto flows = config.dataplane.max_sessions * abi::kFlowsPerSession;
  const std::size_t mbuf_bytes = sizeof(rte_mbuf) + plan.mbuf_room + 192;
  const std::size_t rings = workers * (kEventSlots * sizeof(LearningEvent) +
                                       kPuntSlots * sizeof(Punt) + kInjectionSlots * 16) +
                            config.ports.size() * workers * 2 * kSpreadSlots * sizeof(rte_mbuf*);
  constexpr std::size_t kSpare = std::size_t{32} << 20;  // EAL itself and the drivers.
  constexpr std::size_t kDatagrams =
      kLongDatagrams * (sizeof(rte_mbuf) + kLongDatagramRoom + std::size_t{192});
  const auto bytes =
      plan.mbufs * mbuf_bytes + kDatagrams + FlowTable::memory_bytes(flows) + rings + kSpare;
  plan.eal_megabytes = (bytes >> 20) + 1;
  const auto sessions = config.dataplane.max_sessions;
  plan.region_bytes = abi::region_layout(sessions, static_cast<std::uint32_t>(workers + 1),
                                         abi::record_blocks_for(sessions))
                          .size;
  plan.own_bytes = attachment_bytes(workers) + kFragmentTableBytes + sessions * kKeptOfSession;
  plan.session_bytes = session_bytes(sessions);
  return plan;
}

}  // namespace mediaplane
