// SPDX-License-Identifier: BSD-2-Clause
// Counters for programs, by DPDK's telemetry socket: /mediaplane/info, ports, workers, drops,
// neighbours and sessions. dpdk-telemetry.py of Debian's dpdk-dev reads them.
//
// EAL calls the handlers on a thread of its own. What they read is either atomic (the region), or
// DPDK's own business (port statistics), or the last snapshot that the housekeeper made.
#pragma once

#include <cstdint>
#include <mutex>
#include <vector>

#include "dataplane/abi/region.h"
#include "dataplane/housekeeper/neighbours.h"
#include "dataplane/port/ports.h"

struct rte_tel_data;

namespace mediaplane {

struct TelemetrySnapshot {
  std::uint32_t sessions = 0;
  std::uint64_t sessions_created = 0;
  std::vector<NeighbourInfo> neighbours;
  std::vector<Link> links;  // By place in the configuration.
};

class Telemetry {
 public:
  // One at a time; it answers while it lives.
  Telemetry(const abi::Region& region, const Ports& ports);
  Telemetry(const Telemetry&) = delete;
  Telemetry& operator=(const Telemetry&) = delete;
  ~Telemetry();

  void update(TelemetrySnapshot snapshot);

  // For the handlers.
  const abi::Region& region() const { return region_; }
  const Ports& ports() const { return ports_; }
  TelemetrySnapshot snapshot() const;

 private:
  abi::Region region_;
  const Ports& ports_;
  mutable std::mutex mutex_;
  TelemetrySnapshot snapshot_;
};

}  // namespace mediaplane
