// SPDX-License-Identifier: BSD-2-Clause
// Small packets that go out twice, where a lossy access network is known to lose some.
#pragma once

#include "dataplane/pipeline/burst.h"
#include "dataplane/pipeline/context.h"

namespace mediaplane {

// The twin of a packet that is ready to go, counted as generated; null if the packet is not small
// (abi::kSmallPayload) or the pool is empty. Of packets that wait for a next hop there is none.
rte_mbuf* double_of(const Packet& packet, WorkerContext& context);

}  // namespace mediaplane
