// SPDX-License-Identifier: BSD-2-Clause
// Second stage: from keys to flow entries, with one bulk lookup for the burst.
#pragma once

#include "dataplane/pipeline/burst.h"
#include "dataplane/pipeline/context.h"

namespace mediaplane {

// Sets the entry and the statistics of each active packet, and prefetches them.
void look_up(Burst& burst, WorkerContext& context);

}  // namespace mediaplane
