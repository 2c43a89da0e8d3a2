// SPDX-License-Identifier: BSD-2-Clause
// How fast. On one lcore: packets are offered, the relay path takes them all, the sink checks them,
// and only the middle part counts, so that nothing disturbs what is measured and every burst is
// full. Else: as many packets a second as generator, relay and sink get through together.
#include <algorithm>

#include <fmt/format.h>
#include <rte_cycles.h>

#include "tests/perf/bench/modes.h"

namespace mediaplane::bench {
namespace {

// Cycles a packet of one filling of the wire.
double cycles_of_round(RelayPath& path, Bed& bed) {
  for (std::uint32_t i = 0; i < bed.options.in_flight; ++i) {
    if (const auto frame = bed.traffic.next(); !frame.empty()) bed.exchange.offer(frame);
  }
  bed.exchange.flush();
  const auto begin = rte_rdtsc();
  std::uint64_t packets = 0;
  while (const auto count = path.round(rte_rdtsc())) packets += count;
  const auto cycles = rte_rdtsc() - begin;
  bed.exchange.turn();
  return static_cast<double>(cycles) / static_cast<double>(std::max<std::uint64_t>(packets, 1));
}

void add_cycles(Outcome& outcome, std::vector<double>& rounds) {
  std::ranges::sort(rounds);
  const auto median = rounds[rounds.size() / 2];
  const auto best = rounds[rounds.size() / 100];
  const auto worst = rounds[rounds.size() - 1 - rounds.size() / 100];
  const auto mpps = static_cast<double>(rte_get_tsc_hz()) / median / 1e6;
  outcome.figures.add("median_cycles", median);
  outcome.figures.add("best_cycles", best);
  outcome.figures.add("worst_cycles", worst);
  outcome.figures.add("mpps", mpps);
  outcome.table += fmt::format(
      "  cycles a packet     {:8.1f} median, {:.1f} best, {:.1f} worst of a hundred\n"
      "  on one core         {:8.2f} Mpps\n",
      median, best, worst, mpps);
}

void measure_cycles(RelayPath& path, Bed& bed, Outcome& outcome) {
  std::vector<double> rounds;
  const auto end = rte_rdtsc() + static_cast<std::uint64_t>(bed.options.seconds *
                                                            static_cast<double>(rte_get_tsc_hz()));
  do {
    rounds.push_back(cycles_of_round(path, bed));
  } while (rte_rdtsc() < end);
  add_cycles(outcome, rounds);
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
  const auto account = account_of(bed.traffic, bed.subject);
  add_account(outcome.figures, account);
  outcome.table += table_of(account);
  outcome.is_clean = account.faults.empty();
  return outcome;
}

}  // namespace mediaplane::bench
