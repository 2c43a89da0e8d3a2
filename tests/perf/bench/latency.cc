// SPDX-License-Identifier: BSD-2-Clause
// How long the relay keeps a packet: from when it was due at a steady rate to when the sink has it.
#include <fmt/format.h>
#include <rte_cycles.h>

#include "tests/perf/bench/histogram.h"
#include "tests/perf/bench/modes.h"
#include "tests/perf/bench/pacer.h"

namespace mediaplane::bench {
namespace {

constexpr std::pair<double, const char*> kQuantiles[] = {
    {0.5, "p50"}, {0.9, "p90"}, {0.99, "p99"}, {0.999, "p99.9"}};

// When packets that are under way were due. A place has room for one; a packet whose place has been
// taken since is not measured, and counted.
class DueTimes {
 public:
  void note(const Cookie& cookie, std::uint64_t tsc) { place_of(cookie) = {cookie, tsc}; }
  std::optional<std::uint64_t> take(const Cookie& cookie) {
    auto& place = place_of(cookie);
    if (place.cookie.flow != cookie.flow || place.cookie.number != cookie.number) {
      return std::nullopt;
    }
    return place.tsc;
  }

 private:
  struct Place {
    Cookie cookie{};
    std::uint64_t tsc = 0;
  };
  static constexpr std::size_t kPlaces = 1 << 16;

  Place& place_of(const Cookie& cookie) {
    const auto hash = (std::uint64_t{cookie.flow} << 32 | cookie.number) * 0x9e3779b97f4a7c15U;
    return places_[hash >> 48];
  }

  std::vector<Place> places_ = std::vector<Place>(kPlaces);
};

struct Measured {
  Histogram cycles;
  std::uint64_t unmeasured = 0;
};

void offer_due(Bed& bed, Pacer& pacer, DueTimes& due_times) {
  for (auto due = pacer.due(rte_rdtsc(), kBurst); due > 0; --due) {
    const auto when = pacer.take();
    std::optional<Cookie> cookie;
    const auto frame = bed.traffic.next(cookie);
    if (cookie) due_times.note(*cookie, when);
    if (!frame.empty()) bed.exchange.offer(frame);
  }
  bed.exchange.flush();
}

void collect(Bed& bed, DueTimes& due_times, Measured& measured) {
  bed.subject.serve();
  bed.exchange.collect([&](const Cookie& cookie) {
    const auto due = due_times.take(cookie);
    if (due) {
      measured.cycles.add(rte_rdtsc() - *due);
    } else {
      ++measured.unmeasured;
    }
  });
  bed.setup.forget_events();
}

}  // namespace

Outcome measure_latency(Bed& bed) {
  Outcome outcome{described(bed.options, "latency"), headline(bed.options), false};
  const auto hz = static_cast<double>(rte_get_tsc_hz());
  const auto begin = rte_rdtsc();
  const auto end = begin + static_cast<std::uint64_t>(bed.options.seconds * hz);
  Pacer pacer(bed.options.rate, hz, begin);
  DueTimes due_times;
  Measured measured;
  while (rte_rdtsc() < end) {
    offer_due(bed, pacer, due_times);
    collect(bed, due_times, measured);
  }
  const auto achieved =
      static_cast<double>(pacer.taken()) / (static_cast<double>(rte_rdtsc() - begin) / hz);
  bed.exchange.settle();
  outcome.figures.add("rate", bed.options.rate);
  outcome.figures.add("achieved_rate", achieved);
  outcome.table += fmt::format("  at                  {:8.3f} Mpps, {:.3f} asked for\n",
                               achieved / 1e6, bed.options.rate / 1e6);
  const auto in_us = [&](std::uint64_t cycles) { return static_cast<double>(cycles) / hz * 1e6; };
  for (const auto& [share, name] : kQuantiles) {
    const auto us = in_us(measured.cycles.quantile(share));
    outcome.figures.add(std::string(name) + "_us", us);
    outcome.table += fmt::format("  {:20}{:8.2f} us\n", name, us);
  }
  outcome.figures.add("most_us", in_us(measured.cycles.most()));
  outcome.figures.add("measured", measured.cycles.count());
  outcome.table +=
      fmt::format("  longest             {:8.2f} us of {} measured, {} not measured\n",
                  in_us(measured.cycles.most()), measured.cycles.count(), measured.unmeasured);
  conclude(outcome, account_of(bed.traffic, bed.subject));
  return outcome;
}

}  // namespace mediaplane::bench
