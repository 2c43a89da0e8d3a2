// SPDX-License-Identifier: BSD-2-Clause
// Packets on their way out: one buffer for each port, sent as a burst. A transmit queue belongs to
// one worker alone; a worker without one hands its packets to a host (spread.h).
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "dataplane/abi/region.h"
#include "dataplane/flow/table.h"
#include "dataplane/pipeline/links.h"
#include "dataplane/worker/spread.h"

struct rte_mbuf;

namespace mediaplane {

class Transmitter {
 public:
  // `ports`: how many ethdev numbers there are; `used`: those that the worker has to do with.
  Transmitter(std::size_t ports, const std::vector<WorkerPort>& used, const Links& links,
              abi::LcoreTotals& totals);

  void add(std::uint16_t ethdev, rte_mbuf* mbuf) {
    auto& buffer = buffers_[ethdev];
    buffer.mbufs[buffer.count++] = mbuf;
    if (buffer.count == kBurst) send(ethdev);
  }
  // Sends everything. What a queue does not take is dropped and counted.
  void flush() {
    const auto ports = static_cast<std::uint16_t>(buffers_.size());
    for (std::uint16_t port = 0; port < ports; ++port) {
      if (buffers_[port].count > 0) send(port);
    }
  }

 private:
  struct Buffer {
    const WorkerPort* port = nullptr;
    std::uint16_t count = 0;
    std::array<rte_mbuf*, kBurst> mbufs;
  };

  void send(std::uint16_t ethdev);

  const Links& links_;
  abi::LcoreTotals& totals_;
  std::vector<Buffer> buffers_;
};

}  // namespace mediaplane
