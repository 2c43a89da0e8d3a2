// SPDX-License-Identifier: BSD-2-Clause
// Second stage: from keys to flow entries, with one bulk lookup for the burst.
#pragma once

#include "dataplane/pipeline/burst.h"
#include "dataplane/pipeline/context.h"

namespace mediaplane {

// Sets burst.entries for what is kForward, and prefetches them.
void look_up(Burst& burst, WorkerContext& context);

}  // namespace mediaplane
