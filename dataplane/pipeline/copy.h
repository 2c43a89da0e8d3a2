// SPDX-License-Identifier: BSD-2-Clause
// Copies of accepted packets for the recorder, as they came in.
#pragma once

#include "dataplane/pipeline/burst.h"
#include "dataplane/pipeline/context.h"

namespace mediaplane {

// Puts a copy into the worker's ring. Without room for all of it, or without a recorder, the copy
// is lost and counted, and the packet goes on.
void copy(const FlowEntry& entry, const Packet& packet, WorkerContext& context);

}  // namespace mediaplane
