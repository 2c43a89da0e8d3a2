// SPDX-License-Identifier: BSD-2-Clause
#include "dataplane/pipeline/lookup.h"

#include <rte_prefetch.h>

namespace mediaplane {

void look_up(Burst& burst, WorkerContext& context) {
  std::array<const FlowKey*, kBurst> keys;
  std::array<FlowTable::Finding, kBurst> findings;
  const auto count = burst.active_count;
  for (std::uint32_t j = 0; j < count; ++j) keys[j] = &burst.keys[burst.active[j]];
  context.shared.table.look_up({keys.data(), count}, findings);
  auto* statistics = &context.shared.region.flow_statistics(0);
  std::uint32_t j = 0;
  burst.filter([&](std::uint8_t i) {
    const auto& finding = findings[j++];
    burst.entries[i] = finding.entry;
    if (finding.entry == nullptr) [[unlikely]] {
      burst.verdicts[i] = Verdict::kNoSession;
      context.shared.spray_guard.note_miss(burst.packets[i].spray_host(), burst.keys[i].udp_port,
                                           context.now);
      return false;
    }
    burst.statistics[i] = statistics + finding.flow;
    rte_prefetch0(finding.entry);
    rte_prefetch0(burst.statistics[i]);
    return true;
  });
}

}  // namespace mediaplane
