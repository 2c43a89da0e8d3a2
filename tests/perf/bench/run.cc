// SPDX-License-Identifier: BSD-2-Clause
#include "tests/perf/bench/run.h"

#include <algorithm>

#include <fmt/format.h>
#include <rte_cycles.h>

namespace mediaplane::bench {
namespace {

// Each party has to send five packets in order before its source is locked.
constexpr int kTeachingPackets = 8;

void deliver(RelayPath& path, Traffic& traffic) {
  while (path.round(rte_rdtsc()) > 0) {
  }
  path.collect([&](std::span<const std::byte> frame) { traffic.check(frame); });
  path.housekeep();
}

// Cycles a packet of one filling of the wire.
double measure(RelayPath& path, Traffic& traffic, std::uint32_t in_flight) {
  for (std::uint32_t i = 0; i < in_flight; ++i) path.offer(traffic.next(traffic.pick()));
  const auto begin = rte_rdtsc();
  std::uint64_t packets = 0;
  while (const auto count = path.round(rte_rdtsc())) packets += count;
  const auto cycles = rte_rdtsc() - begin;
  path.collect([&](std::span<const std::byte> frame) { traffic.check(frame); });
  path.housekeep();
  return static_cast<double>(cycles) / static_cast<double>(packets);
}

const char* name_of(Families families) {
  switch (families) {
    case Families::kIpv4:
      return "ipv4";
    case Families::kIpv6:
      return "ipv6";
    case Families::kMixed:
      break;
  }
  return "mixed";
}

}  // namespace

void teach(RelayPath& path, Traffic& traffic) {
  for (int packet = 0; packet < kTeachingPackets; ++packet) {
    for (std::uint32_t flow = 0; flow < traffic.flows(); ++flow) {
      path.offer(traffic.next(flow));
      if (flow % kBurst == kBurst - 1) deliver(path, traffic);
    }
    deliver(path, traffic);
  }
}

RunResult run(RelayPath& path, Traffic& traffic, const Options& options) {
  teach(path, traffic);
  std::vector<double> rounds;
  const auto hz = rte_get_tsc_hz();
  const auto end = rte_rdtsc() + options.seconds * hz;
  do {
    rounds.push_back(measure(path, traffic, options.in_flight));
  } while (rte_rdtsc() < end);
  std::ranges::sort(rounds);
  RunResult result;
  result.packets = traffic.sent();
  result.missing = traffic.missing();
  result.findings = traffic.findings();
  result.drops = path.drops();
  result.median_cycles = rounds[rounds.size() / 2];
  result.best_cycles = rounds[rounds.size() / 100];
  result.worst_cycles = rounds[rounds.size() - 1 - rounds.size() / 100];
  result.cycles_per_second = static_cast<double>(hz);
  return result;
}

std::string table_of(const RunResult& result, const Options& options) {
  const auto& findings = result.findings;
  return fmt::format(
      "sessions {}, frames of {} bytes, {}\n"
      "  cycles a packet     {:8.1f} median, {:.1f} best, {:.1f} worst of a hundred\n"
      "  on one core         {:8.2f} Mpps\n"
      "  packets             {:8} sent, {} missing, {} doubled, {} reordered, {} misrouted, {} "
      "corrupted\n{}",
      options.traffic.sessions, options.traffic.frame_bytes, name_of(options.traffic.families),
      result.median_cycles, result.best_cycles, result.worst_cycles,
      result.packets_per_second() / 1e6, result.packets, result.missing, findings.duplicated,
      findings.reordered, findings.misrouted, findings.corrupted,
      result.drops.empty() ? "" : "  dropped             " + result.drops + "\n");
}

std::string json_of(const RunResult& result, const Options& options) {
  const auto& findings = result.findings;
  return fmt::format(
      "{{\"sessions\": {}, \"frame_bytes\": {}, \"families\": \"{}\", \"median_cycles\": {:.2f}, "
      "\"best_cycles\": {:.2f}, \"worst_cycles\": {:.2f}, \"mpps\": {:.3f}, \"packets\": {}, "
      "\"missing\": {}, \"doubled\": {}, \"reordered\": {}, \"misrouted\": {}, \"corrupted\": "
      "{}}}\n",
      options.traffic.sessions, options.traffic.frame_bytes, name_of(options.traffic.families),
      result.median_cycles, result.best_cycles, result.worst_cycles,
      result.packets_per_second() / 1e6, result.packets, result.missing, findings.duplicated,
      findings.reordered, findings.misrouted, findings.corrupted);
}

}  // namespace mediaplane::bench
