// SPDX-License-Identifier: BSD-2-Clause
// The loop of a worker lcore: receive, process, transmit, burst by burst, until it is stopped.
#pragma once

#include <atomic>
#include <cstdint>
#include <vector>

#include "dataplane/pipeline/context.h"

namespace mediaplane {

struct ReceiveQueue {
  std::uint16_t ethdev;
  std::uint16_t queue;
};

struct WorkerSetup {
  WorkerContext context;
  std::vector<ReceiveQueue> queues;
  std::uint32_t idle_sleep_us;
  std::uint64_t clock_start;  // Time stamp counter.
  const std::atomic<bool>& stop;
};

// Returns when `stop` is set, everything it held sent or dropped.
void run_worker(WorkerSetup& setup);

}  // namespace mediaplane
