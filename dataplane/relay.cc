// SPDX-License-Identifier: BSD-2-Clause
#include "dataplane/relay.h"

#include <memory>

#include <rte_launch.h>
#include <rte_mempool.h>
#include <spdlog/spdlog.h>
#include <systemd/sd-daemon.h>

#include "dataplane/assembly.h"
#include "dataplane/report.h"

namespace mediaplane {
namespace {

constexpr int kExitFailure = 1;
constexpr int kExitMissing = 3;

int worker_main(void* setup) {
  run_worker(*static_cast<WorkerSetup*>(setup));
  return 0;
}

class Workers {
 public:
  explicit Workers(Assembly& assembly) {
    setups_.reserve(assembly.workers());
    for (std::uint32_t i = 0; i < assembly.workers(); ++i) {
      setups_.push_back(assembly.worker_setup(i, stop_));
      rte_eal_remote_launch(worker_main, &setups_.back(), i + 1);
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
  std::vector<WorkerSetup> setups_;
};

}  // namespace

int run_relay(const Config& config, const RunOptions& options, MemoryReserve& reserve) {
  auto made = Assembly::create(config);
  if (!made) {
    spdlog::critical("{} (exit {})", made.error(), kExitMissing);
    return kExitMissing;
  }
  auto& assembly = **made;
  auto& housekeeping = assembly.housekeeping();
  {
    const Workers workers(assembly);
    spdlog::info("{} port(s), {} worker(s), {} sessions at most: ready", config.ports.size(),
                 assembly.workers(), config.dataplane.max_sessions);
    sd_notify(0, "READY=1");
    housekeeping.run(options, reserve);
  }
  assembly.drain();
  const auto region = assembly.shared().region;
  const auto balance = balance_of(region, housekeeping.held());
  options.print(statistics_text(region, assembly.ports(), housekeeping.sessions()) +
                balance_text(balance));
  // Whatever a driver held is back when the ports are closed.
  const auto left = assembly.close();
  options.print(mbufs_text(left));
  return balance.is_exact() && left.is_right() ? 0 : kExitFailure;
}

}  // namespace mediaplane
