// SPDX-License-Identifier: BSD-2-Clause
#include "dataplane/pipeline/lookup.h"

#include <rte_prefetch.h>

namespace mediaplane {

void look_up(Burst& burst, WorkerContext& context) {
  const auto& table = context.shared.table;
  FlowTable::Keys keys;
  std::array<FlowTable::Finding, kBurst> findings;
  burst.for_each_active([&](const Packet& packet) { keys.add(packet.key); });
  auto found = table.look_up(keys, findings);
  const auto* finding = findings.data();
  auto* const statistics = &context.shared.region.flow_statistics(0);
  burst.for_each_active([&](Packet& packet) {
    if ((found & 1) != 0) [[likely]] {
      packet.entry = &table.entry(*finding);
      packet.statistics = statistics + finding->flow;
      rte_prefetch0(packet.entry);
      rte_prefetch0(packet.statistics);
    } else {
      packet.end(Verdict::kNoSession);
      context.shared.spray_guard.note_miss(packet.spray_host(), packet.key.udp_port, context.now);
    }
    found >>= 1;
    ++finding;
  });
}

}  // namespace mediaplane
