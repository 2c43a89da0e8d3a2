// SPDX-License-Identifier: BSD-2-Clause
// Two rings that stand for a wire, and the ethdev "net_ring_bench" over them.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include <rte_mbuf.h>

#include "dataplane/flow/table.h"
#include "dataplane/net/result.h"

struct rte_ring;

namespace mediaplane::bench {

inline const char* const kWireDevice = "net_ring_bench";

class Wire {
 public:
  // `depth`: packets that wait for the relay at most, as in the receive queue of a NIC.
  static Result<std::unique_ptr<Wire>, std::string> create(std::uint32_t depth);
  Wire(const Wire&) = delete;
  Wire& operator=(const Wire&) = delete;
  ~Wire();

  std::uint32_t put(std::span<rte_mbuf*> mbufs);
  bool is_in_empty() const;
  bool is_out_empty() const;
  std::uint32_t take(std::span<rte_mbuf*, kBurst> mbufs);

 private:
  Wire() = default;

  rte_ring* in_ = nullptr;
  rte_ring* out_ = nullptr;
};

}  // namespace mediaplane::bench
