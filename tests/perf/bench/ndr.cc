// SPDX-License-Identifier: BSD-2-Clause
// The highest rate without loss, by trials as in RFC 2544 section 26.1: the rate is halved between
// the highest that was whole and the lowest that was not. A trial in which a packet is missing is
// made up to three times, as on a machine with other work the relay is not always the one to blame.
#include <algorithm>

#include <fmt/format.h>
#include <rte_cycles.h>

#include "tests/perf/bench/modes.h"
#include "tests/perf/bench/pacer.h"

namespace mediaplane::bench {
namespace {

constexpr int kAttempts = 3;
constexpr double kPrecision = 0.02;
constexpr double kAsAsked = 0.98;  // Share of the rate that a generator has to reach.
constexpr double kFlatOut = 1e9;   // More than any generator does.

struct Trial {
  double rate = 0;  // As it was reached.
  std::uint64_t lost = 0;
};

Trial make_trial(Bed& bed, double rate) {
  const auto hz = static_cast<double>(rte_get_tsc_hz());
  const auto missing = bed.traffic.missing();
  const auto begin = rte_rdtsc();
  const auto end = begin + static_cast<std::uint64_t>(bed.options.seconds * hz);
  Pacer pacer(rate, hz, begin);
  auto now = begin;
  for (; now < end; now = rte_rdtsc()) {
    for (auto due = pacer.due(now, kBurst); due > 0; --due) {
      pacer.take();
      if (const auto frame = bed.traffic.next(); !frame.empty()) bed.exchange.offer(frame);
    }
    bed.exchange.turn();
  }
  bed.exchange.settle();
  return {static_cast<double>(pacer.taken()) / (static_cast<double>(now - begin) / hz),
          bed.traffic.missing() - missing};
}

Trial best_of_trials(Bed& bed, double rate) {
  Trial trial;
  for (int i = 0; i < kAttempts; ++i) {
    trial = make_trial(bed, rate);
    if (trial.lost == 0) break;
  }
  return trial;
}

struct Found {
  double rate = 0;
  bool is_generators = false;  // The generator does no more; the relay may.
  int trials = 1;
};

Found search(Bed& bed, std::string& table) {
  const auto say = [&](const Trial& trial) {
    table +=
        fmt::format("  trial               {:8.3f} Mpps: {} lost\n", trial.rate / 1e6, trial.lost);
  };
  const auto flat_out = best_of_trials(bed, kFlatOut);
  say(flat_out);
  if (flat_out.lost == 0) return {flat_out.rate, true, 1};
  Found found{0, false, 1};
  double whole = 0;
  for (double broken = flat_out.rate; broken - whole > kPrecision * broken; ++found.trials) {
    const auto rate = (whole + broken) / 2;
    const auto trial = best_of_trials(bed, rate);
    say(trial);
    (trial.lost == 0 ? whole : broken) = rate;
    if (trial.lost == 0) {
      found.rate = trial.rate;
      found.is_generators = trial.rate < kAsAsked * rate;
    }
    if (found.is_generators || broken < 1000) break;
  }
  return found;
}

}  // namespace

// Packets that trials have lost are no fault here; wrong ones are.
Outcome find_ndr(Bed& bed) {
  Outcome outcome{described(bed.options, "ndr"), headline(bed.options), false};
  const auto found = search(bed, outcome.table);
  auto account = account_of(bed.traffic, bed.subject);
  account.missing = account.relearning = 0;
  account.faults.clear();
  if (account.findings.wrong() > 0) account.faults.emplace_back("packets were wrong");
  outcome.figures.add("ndr_mpps", found.rate / 1e6);
  outcome.figures.add("ndr_limit", found.is_generators ? "generator" : "relay");
  outcome.figures.add("trials", static_cast<double>(found.trials));
  add_account(outcome.figures, account);
  outcome.table += fmt::format("  without loss        {:8.3f} Mpps{}\n", found.rate / 1e6,
                               found.is_generators ? ", and the generator does no more" : "");
  outcome.table += fmt::format("  packets             {:8} sent, {} wrong\n", account.sent,
                               account.findings.wrong());
  outcome.is_clean = found.rate > 0 && account.faults.empty();
  return outcome;
}

}  // namespace mediaplane::bench
