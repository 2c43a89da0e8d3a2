// SPDX-License-Identifier: BSD-2-Clause
// Third stage: who may send. A worker only compares; it tells the housekeeper of every packet that
// may teach, by an event, and the housekeeper decides and publishes new entries (flow/latch.h).
#pragma once

#include "dataplane/pipeline/burst.h"
#include "dataplane/pipeline/context.h"

namespace mediaplane {

// Leaves kForward only on packets that have a source that may send and a destination. Accepted
// packets are counted in the flow's statistics even if they have no destination, and are copied to
// the recorder where that is wished.
void admit(Burst& burst, WorkerContext& context);

}  // namespace mediaplane
