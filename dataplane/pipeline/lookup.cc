// SPDX-License-Identifier: BSD-2-Clause
#include "dataplane/pipeline/lookup.h"

#include <rte_prefetch.h>

namespace mediaplane {

void look_up(Burst& burst, WorkerContext& context) {
  const auto count = burst.active_count;
  std::array<FlowKey, kBurst> keys;
  std::array<const FlowEntry*, kBurst> found;
  std::array<abi::FlowIndex, kBurst> flows;
  for (std::uint32_t j = 0; j < count; ++j) keys[j] = burst.keys[burst.active[j]];
  context.shared.table.look_up({keys.data(), count}, found, flows);
  for (std::uint32_t j = 0; j < count; ++j) {
    burst.entries[burst.active[j]] = found[j];
    if (found[j] == nullptr) continue;
    rte_prefetch0(found[j]);
    rte_prefetch0(&context.shared.region.flow_statistics(flows[j]));
  }
  burst.filter([&](std::uint8_t i) {
    if (burst.entries[i] != nullptr) return true;
    burst.verdicts[i] = Verdict::kNoSession;
    context.shared.spray_guard.note_miss(burst.packets[i].spray_host(), burst.keys[i].udp_port,
                                         context.now);
    return false;
  });
}

}  // namespace mediaplane
