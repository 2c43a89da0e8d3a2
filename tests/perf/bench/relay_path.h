// SPDX-License-Identifier: BSD-2-Clause
// The whole data plane between two rings that stand for a wire: the program's own assembly, its
// worker and its housekeeper, one after the other on the caller's thread, so that the packet path
// can be measured by itself. Sessions are set over the socket of the control plane, as ever.
#pragma once

#include <array>
#include <atomic>
#include <memory>
#include <span>
#include <string>

#include <rte_mbuf.h>

#include "controlplane/link/attachment.h"
#include "dataplane/assembly.h"
#include "dataplane/net/result.h"
#include "tests/perf/bench/traffic.h"

struct rte_ring;

namespace mediaplane::bench {

inline constexpr std::uint32_t kWirePackets = 16384;

// Two rings and the ethdev "net_ring_bench" over them.
class Wire {
 public:
  static Result<std::unique_ptr<Wire>, std::string> create();
  Wire(const Wire&) = delete;
  Wire& operator=(const Wire&) = delete;
  ~Wire();

  bool put(rte_mbuf* mbuf);
  std::uint32_t take(std::span<rte_mbuf*, kBurst> mbufs);

 private:
  Wire() = default;

  rte_ring* in_ = nullptr;
  rte_ring* out_ = nullptr;
};

class RelayPath {
 public:
  // After EAL has started. `mbufs`: packet buffers. The error is a text.
  static Result<std::unique_ptr<RelayPath>, std::string> create(const TrafficOptions& options,
                                                                std::uint32_t mbufs);
  RelayPath(const RelayPath&) = delete;
  RelayPath& operator=(const RelayPath&) = delete;
  ~RelayPath();

  Assembly& assembly() { return *assembly_; }
  const MacAddress& mac() { return assembly_->ports().all()[0].mac; }
  // Sets all sessions; the error is a text.
  Result<void, std::string> load(const Traffic& traffic);

  // A packet that comes in; false if there is no room for it.
  bool offer(std::span<const std::byte> frame);
  // One round of the worker: the packets that it took.
  std::uint32_t round(std::uint64_t tsc) { return worker_->round(tsc); }
  // Hands everything that was transmitted to `check`.
  template <typename Check>
  void collect(Check check) {
    std::array<rte_mbuf*, kBurst> mbufs;
    while (const auto count = wire_->take(mbufs)) {
      for (std::uint32_t i = 0; i < count; ++i) {
        check(std::span(rte_pktmbuf_mtod(mbufs[i], const std::byte*), mbufs[i]->data_len));
        rte_pktmbuf_free(mbufs[i]);
      }
    }
  }
  // Learning, commands, neighbours: as long as there is something to do.
  void housekeep();
  // Packets dropped so far, by name: "no_session 12, spray 3"; empty if none.
  std::string drops();

 private:
  RelayPath() = default;
  Result<abi::FileDescriptor, std::string> attach();
  void discard_events();

  Config config_;
  std::unique_ptr<Wire> wire_;
  std::unique_ptr<Assembly> assembly_;
  std::atomic<bool> stop_{false};
  std::unique_ptr<WorkerSetup> setup_;
  std::unique_ptr<Worker> worker_;
  std::optional<Attachment> attachment_;
  bool is_loaded_ = false;
};

}  // namespace mediaplane::bench
