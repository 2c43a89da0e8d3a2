// SPDX-License-Identifier: BSD-2-Clause
// The stages of the packet path, each timed in its place: every burst goes through all of them, so
// that each finds the caches as its forerunner leaves them, and only the cycles of one stage count.
// The flow table is the real one, full; flows come in random order.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <rte_mbuf.h>

#include "dataplane/net/result.h"
#include "dataplane/pipeline/burst.h"
#include "tests/perf/bench/exchange.h"
#include "tests/perf/bench/relay_path.h"
#include "tests/perf/bench/ring_setup.h"
#include "tests/perf/bench/traffic.h"

namespace mediaplane::bench {

enum class Stage : std::uint8_t {
  kClassify,
  kLookUp,
  kAdmit,
  kMeasure,
  kRewrite,
  kProcess,
  kWhole
};

class Stages {
 public:
  // After EAL has started, with lcore 0 the caller's. Sessions are set and all sources locked.
  static Result<std::unique_ptr<Stages>, std::string> create(std::uint32_t sessions,
                                                             std::uint32_t in_flight);
  Stages(const Stages&) = delete;
  Stages& operator=(const Stages&) = delete;

  std::uint32_t sessions() const { return options_.sessions; }
  std::uint32_t in_flight() const { return in_flight_; }
  // Fresh packets for all buffers, then the cycles that the stage takes for all of them. kProcess
  // is all stages, kWhole the worker's round from receive to transmit. 0: a packet was lost.
  std::uint64_t cycles(Stage stage);

 private:
  Stages(std::uint32_t sessions, std::uint32_t in_flight) : in_flight_(in_flight) {
    options_.sessions = sessions;
  }
  Result<void, std::string> prepare();
  bool fill();
  std::uint64_t cycles_of_burst(Stage stage, std::uint32_t first);
  std::uint64_t whole_cycles();

  TrafficOptions options_;
  std::uint32_t in_flight_;
  std::unique_ptr<RelayPath> path_;
  std::unique_ptr<RingSetup> setup_;
  std::unique_ptr<Traffic> traffic_;
  std::unique_ptr<Exchange> exchange_;
  std::atomic<bool> stop_{false};
  std::unique_ptr<WorkerSetup> worker_;
  std::vector<rte_mbuf*> mbufs_;
  Burst burst_;
};

}  // namespace mediaplane::bench
