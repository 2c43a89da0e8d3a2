// SPDX-License-Identifier: BSD-2-Clause
#include "tests/perf/bench/relay_path.h"

#include <fmt/format.h>
#include <rte_cycles.h>
#include <rte_launch.h>
#include <rte_mempool.h>
#include <unistd.h>

#include "dataplane/report.h"
#include "tests/perf/bench/calls.h"

namespace mediaplane::bench {
namespace {

constexpr int kPatience = 1000;  // Turns of the housekeeper.
// Often enough for learning, and seldom enough that its system calls do not slow the generator.
constexpr std::uint64_t kHousekeepingsPerSecond = 10000;

int worker_main(void* setup) {
  run_worker(*static_cast<WorkerSetup*>(setup));
  return 0;
}

}  // namespace

Config relay_configuration(std::uint32_t sessions, const std::vector<Prefix>& addresses,
                           std::uint32_t mbufs) {
  Config config;
  config.dataplane.socket = fmt::format("/tmp/mediaplane-bench-{}.sock", getpid());
  config.dataplane.max_sessions = sessions;
  config.dataplane.mbufs = mbufs;
  config.dataplane.idle_sleep_us = 0;
  auto& port = config.ports.emplace_back();
  port.name = "bench";
  port.addresses = addresses;
  for (const auto& prefix : addresses) port.advertised.push_back(prefix.ip);
  port.gateway = {*parse_ip(kGateway), kGatewayMac};
  port.gateway6 = {*parse_ip(kGateway6), kGatewayMac};
  return config;
}

Result<std::unique_ptr<RelayPath>, std::string> RelayPath::create(Config config,
                                                                  std::uint32_t depth,
                                                                  Placement placement,
                                                                  std::uint32_t workers) {
  if (config.ports.size() != 1) return failure(std::string("the relay has to have one port"));
  config.ports[0].device = kWireDevice;
  config.dataplane.worker_cpus.resize(workers);
  std::unique_ptr<RelayPath> path(new RelayPath(std::move(config)));
  auto wire = Wire::create(depth, workers);
  if (!wire) return failure(wire.error());
  path->wire_ = std::move(*wire);
  auto assembly = Assembly::create(path->config_);
  if (!assembly) return failure(assembly.error());
  path->assembly_ = std::move(*assembly);
  for (std::uint32_t worker = 0; worker < workers; ++worker) {
    path->setups_.emplace_back(new WorkerSetup(path->assembly_->worker_setup(worker, path->stop_)));
    if (placement != Placement::kCallersLcores) continue;
    path->workers_.push_back(std::make_unique<Worker>(*path->setups_.back()));
  }
  if (placement == Placement::kLcore1 &&
      rte_eal_remote_launch(worker_main, path->setups_[0].get(), 1) != 0) {
    return failure(std::string("the relay's lcore does not start"));
  }
  return path;
}

RelayPath::~RelayPath() {
  stop_.store(true, std::memory_order_relaxed);
  rte_eal_mp_wait_lcore();
  workers_.clear();
  if (!assembly_) return;
  assembly_->drain();
  assembly_->close();
}

void RelayPath::housekeep() {
  for (int i = 0; i < kPatience && assembly_->housekeeping().turn(0); ++i) {
  }
}

void RelayPath::serve() {
  if (!workers_.empty()) {
    for (std::uint32_t worker = 0; worker < workers_.size(); ++worker) {
      while (round(rte_rdtsc(), worker) > 0) {
      }
    }
    return housekeep();
  }
  const auto now = rte_rdtsc();
  if (now < housekeep_at_) return;
  housekeep_at_ = now + rte_get_tsc_hz() / kHousekeepingsPerSecond;
  assembly_->housekeeping().turn(0);
}

// The worker counts a poll when all packets of it have been sent.
bool RelayPath::is_drained() {
  if (!wire_->is_in_empty()) {
    polls_when_empty_.reset();
    return false;
  }
  if (!workers_.empty()) return wire_->is_out_empty();
  const auto& totals = assembly_->shared().region.lcore_totals(0);
  const auto polls = totals.polls.load(std::memory_order_acquire);
  if (!polls_when_empty_) polls_when_empty_ = polls;
  return polls - *polls_when_empty_ >= 2 && wire_->is_out_empty();
}

const Drops* RelayPath::drops() {
  drops_.clear();
  for (const auto& [verdict, name] : kVerdictNames) {
    const auto count = packets_of(assembly_->shared().region, verdict);
    if (is_drop(verdict) && count > 0) drops_.emplace(name, count);
  }
  return &drops_;
}

std::string RelayPath::fault_of_books() {
  // A packet that the sink has may not have been counted yet.
  const auto end = rte_rdtsc() + rte_get_tsc_hz() * patience_ms() / 1000;
  while (!is_drained() && rte_rdtsc() < end) serve();
  const auto balance = balance_of(assembly_->shared().region, assembly_->housekeeping().held());
  if (!balance.is_exact()) return balance_text(balance);
  const MbufsLeft left{rte_mempool_in_use_count(pool()), 0, pool()->size};
  return left.is_right() ? "" : mbufs_text(left);
}

}  // namespace mediaplane::bench
