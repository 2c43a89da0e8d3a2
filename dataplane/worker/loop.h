// SPDX-License-Identifier: BSD-2-Clause
// The loop of a worker lcore: receive, process, transmit, burst by burst, until it is stopped.
#pragma once

#include <atomic>
#include <cstdint>
#include <vector>

#include "dataplane/pipeline/burst.h"
#include "dataplane/pipeline/context.h"
#include "dataplane/worker/clock.h"
#include "dataplane/worker/transmit.h"

namespace mediaplane {

struct WorkerSetup {
  WorkerContext context;
  std::vector<WorkerPort> ports;
  std::uint32_t idle_sleep_us;
  std::uint64_t clock_start;  // Time stamp counter.
  const std::atomic<bool>& stop;
};

// The packet path of one lcore, round by round.
class Worker {
 public:
  explicit Worker(WorkerSetup& setup);
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;
  // Everything that it held has been sent or dropped.
  ~Worker();

  // One burst from each queue, and what the housekeeper has to send. `tsc` is the time stamp
  // counter now. Returns the number of packets.
  std::uint32_t round(std::uint64_t tsc);

 private:
  std::uint32_t inject();
  void process_one(rte_mbuf* mbuf, std::uint16_t ethdev);
  std::uint32_t receive(const WorkerPort& port);
  void share_out(const WorkerPort& port);
  std::uint32_t send_for_guests(const WorkerPort& port);

  WorkerSetup& setup_;
  Clock clock_;
  Transmitter transmitter_;
  Burst burst_;
};

// Returns when `stop` is set, everything it held sent or dropped.
void run_worker(WorkerSetup& setup);

}  // namespace mediaplane
