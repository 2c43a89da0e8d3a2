// SPDX-License-Identifier: BSD-2-Clause
// What the benchmarks ask of the machine: EAL on given CPUs, with huge pages where enough are free,
// because packets in 4 KiB pages cost the path a fifth more, in misses of the TLB.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "dataplane/net/result.h"

namespace mediaplane::bench {

struct MachineOptions {
  std::uint32_t sessions = 1000;
  std::vector<std::uint32_t> cpus = {1};  // Of lcore 0, 1, ...
  std::vector<std::string> eal;           // More arguments.
};

// Starts EAL; the error is a text.
Result<void, std::string> start_machine(const MachineOptions& options);

// Packet buffers for so many in flight. No more than needed: a pool hands its buffers out in turn,
// and those that are not used would only push the others out of the caches.
std::uint32_t mbufs_for(std::uint32_t in_flight);

}  // namespace mediaplane::bench
