// SPDX-License-Identifier: BSD-2-Clause
#include "dataplane/relay.h"

#include <cstdio>
#include <memory>

#include <rte_launch.h>
#include <rte_lcore.h>
#include <rte_mbuf.h>
#include <spdlog/spdlog.h>
#include <systemd/sd-daemon.h>

#include "dataplane/attach/server.h"
#include "dataplane/housekeeping.h"
#include "dataplane/port/plan.h"
#include "dataplane/port/ports.h"
#include "dataplane/region_memory.h"
#include "dataplane/report.h"
#include "dataplane/worker/loop.h"

namespace mediaplane {
namespace {

constexpr int kExitFailure = 1;
constexpr int kExitMissing = 3;

// The rings between the housekeeper and one worker.
struct WorkerRings {
  std::unique_ptr<ValueRing<LearningEvent>> events = ValueRing<LearningEvent>::create(kEventSlots);
  std::unique_ptr<ValueRing<Punt>> punts = ValueRing<Punt>::create(kPuntSlots);
  std::unique_ptr<ValueRing<Injection>> injections = ValueRing<Injection>::create(kInjectionSlots);

  bool is_complete() const { return events && punts && injections; }
};

struct MempoolDeleter {
  void operator()(rte_mempool* pool) const { rte_mempool_free(pool); }
};
using Mempool = std::unique_ptr<rte_mempool, MempoolDeleter>;

int missing(const std::string& text) {
  spdlog::critical("{} (exit {})", text, kExitMissing);
  return kExitMissing;
}

std::vector<Be32> own_addresses(const Config& config) {
  std::vector<Be32> own;
  for (const auto& ip : config.local_addresses()) own.push_back(ip.ipv4());
  return own;
}

abi::Hello fitting_hello(const Config& config) {
  abi::Hello hello;
  hello.session_capacity = config.dataplane.max_sessions;
  for (const auto& ip : config.local_addresses()) {
    hello.local_addresses.addresses[hello.local_addresses.count++] = ip;
  }
  return hello;
}

// Every worker polls the queue of its own number on every port.
std::vector<ReceiveQueue> queues_of(const Ports& ports, std::uint32_t worker) {
  std::vector<ReceiveQueue> queues;
  for (const auto& port : ports.all()) {
    queues.push_back({port.ethdev, static_cast<std::uint16_t>(worker)});
  }
  return queues;
}

int worker_main(void* setup) {
  run_worker(*static_cast<WorkerSetup*>(setup));
  return 0;
}

class Workers {
 public:
  Workers(const Config& config, const Ports& ports, Shared& shared, std::vector<WorkerRings>& rings,
          const CopyRings& copies, rte_mempool* pool, std::uint64_t clock_start) {
    setups_.reserve(rings.size());
    for (std::uint32_t i = 0; i < rings.size(); ++i) {
      setups_.push_back(std::make_unique<WorkerSetup>(
          WorkerSetup{{shared, i, shared.region.lcore_totals(i), *rings[i].events, *rings[i].punts,
                       *rings[i].injections, copies, pool},
                      queues_of(ports, i),
                      config.dataplane.idle_sleep_us,
                      clock_start,
                      stop_}));
      rte_eal_remote_launch(worker_main, setups_.back().get(), i + 1);
    }
  }
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;
  ~Workers() { stop(); }

  void stop() {
    stop_.store(true, std::memory_order_relaxed);
    rte_eal_mp_wait_lcore();
  }

 private:
  std::atomic<bool> stop_{false};
  std::vector<std::unique_ptr<WorkerSetup>> setups_;
};

std::vector<HousekeeperRings> housekeeper_ends(std::vector<WorkerRings>& rings) {
  std::vector<HousekeeperRings> ends;
  for (auto& ring : rings) ends.push_back({*ring.events, *ring.punts, *ring.injections});
  return ends;
}

// Everything between the start of the workers and their end. The balance is printed last.
bool relay_until_stopped(const Config& config, const RunOptions& options, Ports& ports,
                         Shared& shared, AttachServer& attach, rte_mempool* pool,
                         std::vector<WorkerRings>& rings) {
  const auto clock_start = rte_rdtsc();
  CopyRings copies(shared.table, static_cast<std::uint32_t>(rings.size()));
  Housekeeping housekeeping(config, ports, shared, attach, pool, housekeeper_ends(rings), copies,
                            clock_start);
  Workers workers(config, ports, shared, rings, copies, pool, clock_start);
  spdlog::info("{} port(s), {} worker(s), {} sessions at most: ready", ports.all().size(),
               rings.size(), config.dataplane.max_sessions);
  sd_notify(0, "READY=1");
  housekeeping.run(options.stop_signals, options.stats_period_s);
  workers.stop();
  housekeeping.drain();
  const auto balance = balance_of(shared.region, housekeeping.held());
  std::fputs(statistics_text(shared.region, ports, housekeeping.sessions()).c_str(), stdout);
  std::fputs(balance_text(balance).c_str(), stdout);
  return balance.is_exact();
}

}  // namespace

int run_relay(const Config& config, const RunOptions& options) {
  const auto plan = plan_memory(config);
  const auto workers = static_cast<std::uint32_t>(config.dataplane.worker_cpus.size());
  spdlog::info("memory: {} MB for DPDK ({} packet buffers), {} MB shared with the control plane",
               plan.eal_megabytes, plan.mbufs, (plan.region_bytes >> 20) + 1);
  const Mempool pool(rte_pktmbuf_pool_create("mbufs", plan.mbufs, kMbufCache, 0,
                                             RTE_MBUF_DEFAULT_BUF_SIZE, SOCKET_ID_ANY));
  const auto table =
      FlowTable::create(config.dataplane.max_sessions * abi::kFlowsPerSession, workers);
  std::vector<WorkerRings> rings(workers);
  const bool rings_made =
      std::all_of(rings.begin(), rings.end(), [](const auto& ring) { return ring.is_complete(); });
  if (!pool || !table || !rings_made) return missing("DPDK has too little memory");
  auto region = RegionMemory::create(config);
  if (!region) return missing(region.error());
  auto attach =
      AttachServer::listen(config.dataplane.socket, region->descriptor(),
                           region->region().layout().size, fitting_hello(config), workers);
  if (!attach) return missing(attach.error());

  bool exact = false;
  {
    const auto ports = Ports::open(config, pool.get());
    if (!ports) return missing(ports.error().text);
    std::vector<FingerprintCell> fingerprints(config.dataplane.max_sessions *
                                              std::size_t{abi::kFlowsPerSession});
    const auto macs = std::make_unique<NeighbourMacs>();
    const auto guard = std::make_unique<SprayGuard>();
    Shared shared{*table, region->region(),        fingerprints,         *macs,
                  *guard, (*ports)->local_ports(), own_addresses(config)};
    exact = relay_until_stopped(config, options, **ports, shared, **attach, pool.get(), rings);
  }
  // The ports are closed: whatever a driver held is back.
  const auto in_use = rte_mempool_in_use_count(pool.get());
  std::fputs(mbufs_text(in_use, plan.mbufs).c_str(), stdout);
  std::fflush(stdout);
  return exact && in_use == 0 ? 0 : kExitFailure;
}

}  // namespace mediaplane
