// SPDX-License-Identifier: BSD-2-Clause
#include "dataplane/pipeline/double.h"

#include <limits>

namespace mediaplane {

rte_mbuf* double_of(const Packet& packet, WorkerContext& context) {
  if (packet.payload().size() >= abi::kSmallPayload) return nullptr;
  auto* twin =
      rte_pktmbuf_copy(packet.mbuf, context.pool, 0, std::numeric_limits<std::uint32_t>::max());
  if (twin != nullptr) abi::add(context.totals.generated, std::uint64_t{1});
  return twin;
}

}  // namespace mediaplane
