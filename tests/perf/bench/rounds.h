// SPDX-License-Identifier: BSD-2-Clause
// Cycles a packet on the caller's lcore: packets are offered, a worker takes them all, the sink
// checks them, and only the middle part counts, so that nothing disturbs what is measured and every
// burst is full.
#pragma once

#include <vector>

#include "tests/perf/bench/exchange.h"
#include "tests/perf/bench/options.h"
#include "tests/perf/bench/relay_path.h"

namespace mediaplane::bench {

struct Cycles {
  double median = 0;
  double best = 0;  // Of a hundred fillings of the wire.
  double worst = 0;
};

// For as long as the options say; `exchange` is the worker's, with `traffic`.
Cycles time_rounds(RelayPath& path, std::uint32_t worker, Traffic& traffic, Exchange& exchange,
                   const Options& options);

}  // namespace mediaplane::bench
