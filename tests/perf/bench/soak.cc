// SPDX-License-Identifier: BSD-2-Clause
// For as long as one likes: calls end and come again while the others speak on, every packet is
// checked, and at the end the relay's books, its packet buffers and the memory of this process.
#include <fstream>
#include <random>

#include <fmt/format.h>
#include <rte_cycles.h>
#include <unistd.h>

#include "tests/perf/bench/modes.h"
#include "tests/perf/bench/pacer.h"

namespace mediaplane::bench {
namespace {

constexpr double kWarmUp = 0.1;  // Share of the time after which memory must not grow any more,
constexpr double kMayGrow = 16;  // but for so many megabytes.

double resident_megabytes() {
  std::size_t size = 0;
  std::size_t resident = 0;
  std::ifstream("/proc/self/statm") >> size >> resident;
  return static_cast<double>(resident) * static_cast<double>(sysconf(_SC_PAGESIZE)) / 1e6;
}

Result<void, std::string> replace(Bed& bed, std::uint32_t session) {
  bed.traffic.rest(session);
  bed.exchange.settle();
  if (auto removed = bed.setup.tear_down(session); !removed) return removed;
  auto& call = bed.calls[session];
  if (auto set = bed.setup.set_up({&call, 1}, session); !set) return set;
  bed.traffic.wake(session, call);
  bed.exchange.teach(session, 1);
  return {};
}

struct Lasted {
  std::uint64_t replaced = 0;
  double megabytes_begin = 0;
  double megabytes_end = 0;
  std::string fault;
};

Lasted last(Bed& bed) {
  const auto hz = static_cast<double>(rte_get_tsc_hz());
  const auto begin = rte_rdtsc();
  const auto at = [&](double seconds) { return begin + static_cast<std::uint64_t>(seconds * hz); };
  const auto warm = at(bed.options.seconds * kWarmUp);
  const auto end = at(bed.options.seconds);
  Pacer replacements(std::max(bed.options.churn, 1e-9), hz, begin);
  replacements.take();  // The first is not due at once.
  std::mt19937 random(1);
  Lasted lasted;
  for (auto now = begin; now < end && lasted.fault.empty(); now = rte_rdtsc()) {
    if (now > warm && lasted.megabytes_begin == 0) lasted.megabytes_begin = resident_megabytes();
    bed.exchange.fill(bed.options.in_flight);
    if (replacements.due(now, 1) == 0) continue;
    replacements.take();
    const auto session = static_cast<std::uint32_t>(random() % bed.calls.size());
    if (auto replaced = replace(bed, session); !replaced) lasted.fault = replaced.error();
    ++lasted.replaced;
  }
  bed.exchange.settle();
  lasted.megabytes_end = resident_megabytes();
  return lasted;
}

}  // namespace

Outcome soak(Bed& bed) {
  Outcome outcome{described(bed.options, "soak"), headline(bed.options), false};
  const auto lasted = last(bed);
  auto account = account_of(bed.traffic, bed.subject);
  const auto growth = lasted.megabytes_end - lasted.megabytes_begin;
  if (!lasted.fault.empty()) account.faults.push_back(lasted.fault);
  if (growth > kMayGrow) account.faults.push_back(fmt::format("memory grew by {:.1f} MB", growth));
  outcome.figures.add("replaced", lasted.replaced);
  outcome.figures.add("megabytes", lasted.megabytes_end);
  outcome.figures.add("growth_megabytes", growth);
  outcome.table += fmt::format(
      "  calls               {:8} ended and came again\n"
      "  memory              {:8.1f} MB resident, {:+.1f} since the first tenth\n",
      lasted.replaced, lasted.megabytes_end, growth);
  conclude(outcome, account);
  return outcome;
}

}  // namespace mediaplane::bench
