// SPDX-License-Identifier: BSD-2-Clause
// Packets on their way out: one buffer for each port, sent as a burst. The transmit queue with the
// worker's number belongs to that worker alone, on every port.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "dataplane/abi/region.h"
#include "dataplane/flow/table.h"

struct rte_mbuf;

namespace mediaplane {

class Transmitter {
 public:
  // `ports`: how many ethdev numbers there are.
  Transmitter(std::uint16_t queue, std::size_t ports, abi::LcoreTotals& totals)
      : queue_(queue), totals_(totals), buffers_(ports) {}

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
    std::uint16_t count = 0;
    std::array<rte_mbuf*, kBurst> mbufs;
  };

  void send(std::uint16_t ethdev);

  std::uint16_t queue_;
  abi::LcoreTotals& totals_;
  std::vector<Buffer> buffers_;
};

}  // namespace mediaplane
