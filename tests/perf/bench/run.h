// SPDX-License-Identifier: BSD-2-Clause
// The measurement: packets are offered, the relay path takes them all, the sink checks them; only
// the middle part counts. So all of it runs on one CPU without disturbing what is measured, and
// every burst is full.
#pragma once

#include <string>
#include <vector>

#include "tests/perf/bench/options.h"
#include "tests/perf/bench/relay_path.h"

namespace mediaplane::bench {

struct RunResult {
  std::uint64_t packets = 0;
  std::uint64_t missing = 0;
  Findings findings;
  std::string drops;
  double median_cycles = 0;  // A packet, receive to transmit.
  double best_cycles = 0;    // The best hundredth of the rounds.
  double worst_cycles = 0;   // The worst one.
  double cycles_per_second = 0;

  bool is_clean() const { return missing == 0 && findings.wrong() == 0; }
  double packets_per_second() const { return cycles_per_second / median_cycles; }
};

// Each party sends until its source is locked.
void teach(RelayPath& path, Traffic& traffic);

RunResult run(RelayPath& path, Traffic& traffic, const Options& options);

std::string table_of(const RunResult& result, const Options& options);
std::string json_of(const RunResult& result, const Options& options);

}  // namespace mediaplane::bench
