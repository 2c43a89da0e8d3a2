// SPDX-License-Identifier: BSD-2-Clause
// The data plane put together from its configuration: memory, table, rings, ports, the socket of
// the control plane, the housekeeper. Nothing runs yet: whoever makes it runs the housekeeper's
// loop and a worker for each of worker_setup().
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "config/config.h"
#include "dataplane/attach/server.h"
#include "dataplane/housekeeping.h"
#include "dataplane/net/result.h"
#include "dataplane/pipeline/context.h"
#include "dataplane/pipeline/copy_rings.h"
#include "dataplane/port/ports.h"
#include "dataplane/region_memory.h"
#include "dataplane/worker/loop.h"

struct rte_mempool;

namespace mediaplane {

// The rings between the housekeeper and one worker.
struct WorkerRings {
  std::unique_ptr<ValueRing<LearningEvent>> events;
  std::unique_ptr<ValueRing<Punt>> punts;
  std::unique_ptr<ValueRing<Injection>> injections;
};

class Assembly {
 public:
  // EAL has started; the configuration outlives the object. The error says which resource is
  // missing.
  static Result<std::unique_ptr<Assembly>, std::string> create(const Config& config);

  Assembly(const Assembly&) = delete;
  Assembly& operator=(const Assembly&) = delete;

  std::uint32_t workers() const { return static_cast<std::uint32_t>(rings_.size()); }
  // Every worker serves every port, by a queue pair of its own or as a guest of another worker
  // (worker/spread.h), until `stop` is set.
  WorkerSetup worker_setup(std::uint32_t worker, const std::atomic<bool>& stop) const;

  Shared& shared() { return *shared_; }
  Ports& ports() { return *ports_; }
  Housekeeping& housekeeping() { return *housekeeping_; }
  rte_mempool* pool() { return pool_.get(); }

  // After the workers have stopped: what lies between them is dropped and counted.
  void drain();
  // After the workers have stopped and all is drained: closes the ports. What is still in use
  // then is lost, but for what drivers keep.
  MbufsLeft close();

 private:
  struct MempoolDeleter {
    void operator()(rte_mempool* pool) const;
  };

  explicit Assembly(const Config& config) : config_(config) {}
  Result<void, std::string> make_memory();
  Result<void, std::string> make_planes();
  FragmentMeans fragment_means() const;

  const Config& config_;
  std::uint64_t clock_start_ = 0;
  std::unique_ptr<rte_mempool, MempoolDeleter> pool_;
  std::unique_ptr<rte_mempool, MempoolDeleter> datagrams_;  // Longer than those of `pool_` can be.
  std::unique_ptr<FlowTable> table_;
  std::vector<WorkerRings> rings_;
  std::vector<FingerprintCell> fingerprints_;
  std::unique_ptr<NeighbourMacs> macs_;
  std::unique_ptr<SprayGuard> guard_;
  std::unique_ptr<RegionMemory> region_;
  std::unique_ptr<AttachServer> attach_;
  std::unique_ptr<Ports> ports_;
  std::vector<std::unique_ptr<Spread>> spreads_;  // One for each port.
  std::unique_ptr<Shared> shared_;
  std::unique_ptr<CopyRings> copies_;
  std::unique_ptr<Housekeeping> housekeeping_;
};

}  // namespace mediaplane
