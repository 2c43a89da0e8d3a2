// SPDX-License-Identifier: BSD-2-Clause
// Rings that stand for a wire, and the ethdev "net_ring_bench" over them: two for each queue pair.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <rte_mbuf.h>

#include "dataplane/flow/table.h"
#include "dataplane/net/result.h"

struct rte_ring;

namespace mediaplane::bench {

inline const char* const kWireDevice = "net_ring_bench";

class Wire {
 public:
  // `depth`: packets that wait in a receive queue of the relay at most, as in that of a NIC.
  static Result<std::unique_ptr<Wire>, std::string> create(std::uint32_t depth,
                                                           std::uint32_t queues);
  Wire(const Wire&) = delete;
  Wire& operator=(const Wire&) = delete;
  ~Wire();

  std::uint32_t put(std::uint32_t queue, std::span<rte_mbuf*> mbufs);
  bool is_in_empty() const;
  bool is_out_empty() const;
  std::uint32_t take(std::uint32_t queue, std::span<rte_mbuf*, kBurst> mbufs);

 private:
  Wire() = default;

  std::vector<rte_ring*> in_;  // By queue.
  std::vector<rte_ring*> out_;
};

}  // namespace mediaplane::bench
