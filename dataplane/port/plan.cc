// SPDX-License-Identifier: BSD-2-Clause
#include "dataplane/port/plan.h"

#include <bit>

#include <rte_mbuf.h>

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
  const auto rings = workers * (kPuntSlots + kInjectionSlots);
  return queues + lcores + rings + 1024;
}

}  // namespace

MemoryPlan plan_memory(const Config& config) {
  MemoryPlan plan;
  // A mempool is most economical at a power of two less one.
  plan.mbufs = config.dataplane.mbufs != 0 ? config.dataplane.mbufs
                                           : std::bit_ceil(needed_mbufs(config)) - 1;
  const auto workers = config.dataplane.worker_cpus.size();
  const auto flows = config.dataplane.max_sessions * abi::kFlowsPerSession;
  constexpr std::size_t kMbufBytes = sizeof(rte_mbuf) + RTE_MBUF_DEFAULT_BUF_SIZE + 192;
  const std::size_t rings = workers * (kEventSlots * sizeof(LearningEvent) +
                                       kPuntSlots * sizeof(Punt) + kInjectionSlots * 16);
  constexpr std::size_t kSpare = std::size_t{32} << 20;  // EAL itself and the drivers.
  const auto bytes = plan.mbufs * kMbufBytes + FlowTable::memory_bytes(flows) + rings + kSpare;
  plan.eal_megabytes = (bytes >> 20) + 1;
  const auto sessions = config.dataplane.max_sessions;
  plan.region_bytes = abi::region_layout(sessions, static_cast<std::uint32_t>(workers + 1),
                                         abi::record_blocks_for(sessions))
                          .size;
  return plan;
}

}  // namespace mediaplane
