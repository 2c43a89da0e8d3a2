// SPDX-License-Identifier: BSD-2-Clause
#include "dataplane/pipeline/lookup.h"

#include <rte_prefetch.h>

namespace mediaplane {

void look_up(Burst& burst, WorkerContext& context) {
  std::array<FlowKey, kBurst> keys;
  std::array<std::uint8_t, kBurst> places;
  std::array<const FlowEntry*, kBurst> found;
  std::uint32_t count = 0;
  for (std::uint32_t i = 0; i < burst.count; ++i) {
    keys[count] = burst.keys[i];
    places[count] = static_cast<std::uint8_t>(i);
    count += burst.verdicts[i] == Verdict::kForward ? 1 : 0;
  }
  if (count == 0) return;
  context.shared.table.look_up({keys.data(), count}, found);
  for (std::uint32_t j = 0; j < count; ++j) {
    if (found[j] != nullptr) rte_prefetch0(found[j]);
  }
  for (std::uint32_t j = 0; j < count; ++j) {
    const auto i = places[j];
    burst.entries[i] = found[j];
    if (found[j] == nullptr) {
      burst.verdicts[i] = Verdict::kNoSession;
      context.shared.spray_guard.note_miss(burst.packets[i].source_ip, keys[j].udp_port,
                                           context.now);
    } else {
      rte_prefetch0(&context.shared.region.flow_statistics(found[j]->flow));
    }
  }
}

}  // namespace mediaplane
