// SPDX-License-Identifier: BSD-2-Clause
// The whole data plane between two rings that stand for a wire: the program's own assembly, its
// worker and its housekeeper. Either one after the other on the caller's thread, so that the packet
// path can be measured by itself, or the worker on an lcore of its own. The control plane's socket
// is offered as ever.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>

#include "dataplane/assembly.h"
#include "dataplane/net/result.h"
#include "tests/perf/bench/subject.h"
#include "tests/perf/bench/wire.h"

namespace mediaplane::bench {

// Of the worker. kCallersLcores: there may be several, and each is polled by who calls round().
enum class Placement : std::uint8_t { kCallersLcores, kLcore1 };

class RelayPath : public Subject {
 public:
  // After EAL has started. The configuration has one port, whose device is replaced by the wire.
  // `depth` is the wire's.
  static Result<std::unique_ptr<RelayPath>, std::string> create(Config config, std::uint32_t depth,
                                                                Placement placement,
                                                                std::uint32_t workers = 1);
  ~RelayPath() override;

  const Config& config() const { return config_; }
  Assembly& assembly() const { return *assembly_; }

  // One round of a worker on the caller's lcore: the packets that it took.
  std::uint32_t round(std::uint64_t tsc, std::uint32_t worker = 0) {
    return workers_[worker]->round(tsc);
  }
  Wire& wire() { return *wire_; }
  // Learning, commands, neighbours: as long as there is something to do.
  void housekeep();

  MacAddress mac() const override { return assembly_->ports().all()[0].mac; }
  rte_mempool* pool() override { return assembly_->pool(); }
  std::uint32_t put(std::span<rte_mbuf*> mbufs) override {
    polls_when_empty_.reset();
    return wire_->put(0, mbufs);
  }
  std::uint32_t take(std::span<rte_mbuf*, kBurst> mbufs) override { return wire_->take(0, mbufs); }
  void serve() override;
  const Drops* drops() override;
  std::string fault_of_books() override;
  bool is_drained() override;
  std::uint32_t patience_ms() const override { return 5000; }

 private:
  RelayPath(Config config) : config_(std::move(config)) {}

  Config config_;
  std::unique_ptr<Wire> wire_;
  std::unique_ptr<Assembly> assembly_;
  std::atomic<bool> stop_{false};
  std::vector<std::unique_ptr<WorkerSetup>> setups_;
  std::vector<std::unique_ptr<Worker>> workers_;  // Those on callers' lcores.
  std::uint64_t housekeep_at_ = 0;                // Time stamp counter.
  std::optional<std::uint64_t> polls_when_empty_;
  Drops drops_;
};

// A relay for numbered_calls(), with a socket of its own.
Config relay_configuration(std::uint32_t sessions, const std::vector<Prefix>& addresses,
                           std::uint32_t mbufs);

}  // namespace mediaplane::bench
