// SPDX-License-Identifier: BSD-2-Clause
#include "tests/perf/bench/rounds.h"

#include <algorithm>

#include <rte_cycles.h>

namespace mediaplane::bench {
namespace {

// Cycles a packet of one filling of the wire.
double cycles_of_round(RelayPath& path, std::uint32_t worker, Traffic& traffic, Exchange& exchange,
                       std::uint32_t in_flight) {
  for (std::uint32_t i = 0; i < in_flight; ++i) {
    if (const auto frame = traffic.next(); !frame.empty()) exchange.offer(frame);
  }
  exchange.flush();
  const auto begin = rte_rdtsc();
  std::uint64_t packets = 0;
  while (const auto count = path.round(rte_rdtsc(), worker)) packets += count;
  const auto cycles = rte_rdtsc() - begin;
  exchange.turn();
  return static_cast<double>(cycles) / static_cast<double>(std::max<std::uint64_t>(packets, 1));
}

}  // namespace

Cycles time_rounds(RelayPath& path, std::uint32_t worker, Traffic& traffic, Exchange& exchange,
                   const Options& options) {
  std::vector<double> rounds;
  const auto end = rte_rdtsc() + static_cast<std::uint64_t>(options.seconds *
                                                            static_cast<double>(rte_get_tsc_hz()));
  do {
    rounds.push_back(cycles_of_round(path, worker, traffic, exchange, options.in_flight));
  } while (rte_rdtsc() < end);
  std::ranges::sort(rounds);
  return {rounds[rounds.size() / 2], rounds[rounds.size() / 100],
          rounds[rounds.size() - 1 - rounds.size() / 100]};
}

}  // namespace mediaplane::bench
