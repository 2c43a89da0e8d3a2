// SPDX-License-Identifier: BSD-2-Clause
// The data plane put together: memory, ports, workers, and the loop of the housekeeper, which is
// the main lcore.
#pragma once

#include <csignal>
#include <cstdint>
#include <memory>
#include <string>

#include "config/config.h"
#include "dataplane/net/result.h"

namespace mediaplane {

struct RunOptions {
  std::uint32_t stats_period_s = 0;  // 0 = only at the end.
  sigset_t stop_signals{};           // Blocked in all threads; any of them ends the program.
};

// Runs until a stop signal, after EAL has started. Returns the exit status: 0 if every packet is
// accounted for, 1 if not, 3 if a resource is missing.
int run_relay(const Config& config, const RunOptions& options);

}  // namespace mediaplane
