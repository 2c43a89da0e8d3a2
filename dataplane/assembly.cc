// SPDX-License-Identifier: BSD-2-Clause
#include "dataplane/assembly.h"

#include <algorithm>

#include <rte_cycles.h>
#include <rte_mbuf.h>
#include <spdlog/spdlog.h>

#include "config/hello.h"
#include "dataplane/port/plan.h"

namespace mediaplane {
namespace {

// Beside these: a list of record blocks, and one of free entries.
static_assert(sizeof(SessionState) + sizeof(std::uint32_t) +
                  abi::kFlowsPerSession * (sizeof(FingerprintCell) + 2 * sizeof(void*)) <=
              kKeptOfSession);

static_assert(Reassembly::memory_bytes() <= kFragmentTableBytes);
static_assert(Fragments::room_for_longest() <= kLongDatagramRoom);

std::vector<Be32> own_ipv4(const Config& config) {
  std::vector<Be32> own;
  for (const auto& ip : config.local_addresses()) {
    if (ip.family == IpFamily::kIpv4) own.push_back(ip.ipv4());
  }
  return own;
}

std::vector<Ipv6Bytes> own_ipv6(const Config& config) {
  std::vector<Ipv6Bytes> own;
  for (const auto& ip : config.local_addresses()) {
    if (ip.family == IpFamily::kIpv6) own.push_back(ip.bytes);
  }
  return own;
}

WorkerRings make_rings() {
  return {ValueRing<LearningEvent>::create(kEventSlots), ValueRing<Punt>::create(kPuntSlots),
          ValueRing<Injection>::create(kInjectionSlots)};
}

bool is_complete(const WorkerRings& rings) {
  return rings.events && rings.punts && rings.injections;
}

std::vector<HousekeeperRings> housekeeper_ends(const std::vector<WorkerRings>& rings) {
  std::vector<HousekeeperRings> ends;
  for (const auto& ring : rings) ends.push_back({*ring.events, *ring.punts, *ring.injections});
  return ends;
}

}  // namespace

void Assembly::MempoolDeleter::operator()(rte_mempool* pool) const { rte_mempool_free(pool); }

Result<std::unique_ptr<Assembly>, std::string> Assembly::create(const Config& config) {
  std::unique_ptr<Assembly> assembly(new Assembly(config));
  assembly->clock_start_ = rte_rdtsc();
  if (auto made = assembly->make_memory(); !made) return failure(made.error());
  if (auto made = assembly->make_planes(); !made) return failure(made.error());
  return assembly;
}

Result<void, std::string> Assembly::make_memory() {
  const auto plan = plan_memory(config_);
  const auto flows = config_.dataplane.max_sessions * abi::kFlowsPerSession;
  const auto workers = static_cast<std::uint32_t>(config_.dataplane.worker_cpus.size());
  spdlog::info(
      "memory: {} MB for DPDK ({} packet buffers), {} MB shared with the control plane, {} MB of "
      "its own; {} bytes of it for each session",
      plan.eal_megabytes, plan.mbufs, (plan.region_bytes >> 20) + 1, (plan.own_bytes >> 20) + 1,
      plan.session_bytes);
  pool_.reset(
      rte_pktmbuf_pool_create("mbufs", plan.mbufs, kMbufCache, 0, plan.mbuf_room, SOCKET_ID_ANY));
  datagrams_.reset(
      rte_pktmbuf_pool_create("datagrams", kLongDatagrams, 0, 0, kLongDatagramRoom, SOCKET_ID_ANY));
  table_ = FlowTable::create(flows, workers);
  std::generate_n(std::back_inserter(rings_), workers, make_rings);
  if (!pool_ || !datagrams_ || !table_ || !std::ranges::all_of(rings_, is_complete)) {
    return failure(std::string("DPDK has too little memory"));
  }
  auto region = RegionMemory::create(config_);
  if (!region) return failure(region.error());
  region_ = std::make_unique<RegionMemory>(std::move(*region));
  fingerprints_ = std::vector<FingerprintCell>(flows);
  macs_ = std::make_unique<NeighbourMacs>();
  guard_ = std::make_unique<SprayGuard>();
  return {};
}

Result<void, std::string> Assembly::make_planes() {
  auto attach = AttachServer::listen(config_.dataplane.socket, region_->descriptor(),
                                     region_->region().layout().size, hello_of(config_), workers());
  if (!attach) return failure(attach.error());
  attach_ = std::move(*attach);
  auto ports = Ports::open(config_, pool_.get());
  if (!ports) return failure(ports.error().text);
  ports_ = std::move(*ports);
  for (const auto& port : ports_->all()) {
    spreads_.push_back(Spread::create(port.ethdev, port.queues, workers(), kSpreadSlots));
    if (!spreads_.back()) return failure(std::string("DPDK has too little memory"));
  }
  shared_.reset(new Shared{*table_, region_->region(), fingerprints_, *macs_, *guard_,
                           ports_->local_ports(), own_ipv4(config_), own_ipv6(config_)});
  copies_ = std::make_unique<CopyRings>(*table_, workers());
  housekeeping_ =
      std::make_unique<Housekeeping>(config_, *ports_, *shared_, *attach_, fragment_means(),
                                     housekeeper_ends(rings_), *copies_, clock_start_);
  return {};
}

FragmentMeans Assembly::fragment_means() const {
  const auto choose = [this](const rte_mbuf& mbuf, std::uint16_t ethdev, std::uint32_t near) {
    const auto spread = std::ranges::find_if(
        spreads_, [ethdev](const auto& each) { return each->ethdev() == ethdev; });
    return spread == spreads_.end() ? near : (*spread)->worker_of(mbuf, near);
  };
  return {pool_.get(), datagrams_.get(), choose};
}

WorkerSetup Assembly::worker_setup(std::uint32_t worker, const std::atomic<bool>& stop) const {
  std::vector<WorkerPort> ports;
  for (const auto& spread : spreads_) ports.push_back(spread->port_of(worker));
  const auto& rings = rings_[worker];
  return {{*shared_, worker, shared_->region.lcore_totals(worker), *rings.events, *rings.punts,
           *rings.injections, *copies_, pool_.get()},
          ports,
          config_.dataplane.idle_sleep_us,
          clock_start_,
          stop};
}

void Assembly::drain() {
  housekeeping_->drain();
  auto& totals = shared_->region.lcore_totals(workers());
  for (auto& spread : spreads_) count(totals, Verdict::kStopping, spread->drain());
}

MbufsLeft Assembly::close() {
  const auto kept = ports_->keep_mbufs();
  housekeeping_.reset();
  spreads_.clear();
  ports_.reset();
  const auto in_use =
      rte_mempool_in_use_count(pool_.get()) + rte_mempool_in_use_count(datagrams_.get());
  return {in_use, kept, pool_->size + datagrams_->size};
}

}  // namespace mediaplane
