// SPDX-License-Identifier: BSD-2-Clause
// How fast. On one lcore: cycles a packet (rounds.h). Else: as many packets a second as generator,
// relay and sink get through together.
#include <fmt/format.h>
#include <rte_cycles.h>

#include "tests/perf/bench/modes.h"
#include "tests/perf/bench/rounds.h"

namespace mediaplane::bench {
namespace {

void measure_cycles(RelayPath& path, Bed& bed, Outcome& outcome) {
  const auto cycles = time_rounds(path, 0, bed.traffic, bed.exchange, bed.options);
  const auto mpps = static_cast<double>(rte_get_tsc_hz()) / cycles.median / 1e6;
  outcome.figures.add("median_cycles", cycles.median);
  outcome.figures.add("best_cycles", cycles.best);
  outcome.figures.add("worst_cycles", cycles.worst);
  outcome.figures.add("mpps", mpps);
  outcome.table += fmt::format(
      "  cycles a packet     {:8.1f} median, {:.1f} best, {:.1f} worst of a hundred\n"
      "  on one core         {:8.2f} Mpps\n",
      cycles.median, cycles.best, cycles.worst, mpps);
}

void measure_rate(Bed& bed, Outcome& outcome) {
  const auto hz = static_cast<double>(rte_get_tsc_hz());
  const auto begin = rte_rdtsc();
  const auto end = begin + static_cast<std::uint64_t>(bed.options.seconds * hz);
  const auto before = bed.traffic.findings().received;
  while (rte_rdtsc() < end) bed.exchange.fill(bed.options.in_flight);
  const auto seconds = static_cast<double>(rte_rdtsc() - begin) / hz;
  const auto received = bed.traffic.findings().received - before;
  const auto mpps = static_cast<double>(received) / seconds / 1e6;
  outcome.figures.add("mpps", mpps);
  outcome.table +=
      fmt::format("  through             {:8.3f} Mpps, generator and sink included\n", mpps);
}

}  // namespace

Outcome run(Bed& bed) {
  Outcome outcome{described(bed.options, "run"), headline(bed.options), false};
  if (bed.one_lcore != nullptr) {
    measure_cycles(*bed.one_lcore, bed, outcome);
  } else {
    measure_rate(bed, outcome);
  }
  bed.exchange.settle();
  conclude(outcome, account_of(bed.traffic, bed.subject));
  return outcome;
}

}  // namespace mediaplane::bench
