// SPDX-License-Identifier: BSD-2-Clause
// The data plane put together: memory, ports, workers, and the loop of the housekeeper, which is
// the main lcore.
#pragma once

#include "config/config.h"
#include "config/memory_reserve.h"
#include "dataplane/run_options.h"

namespace mediaplane {

// Runs until a stop signal, after EAL has started. Returns the exit status: 0 if every packet is
// accounted for, 1 if not, 3 if a resource is missing. `reserve` is kept full.
int run_relay(const Config& config, const RunOptions& options, MemoryReserve& reserve);

}  // namespace mediaplane
