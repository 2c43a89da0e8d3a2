// SPDX-License-Identifier: BSD-2-Clause
// mediaplane-micro: each stage of the packet path by itself, in cycles a packet, over sessions and
// packets in flight. Names are STAGE/SESSIONS/IN_FLIGHT, for --benchmark_filter.
#include <algorithm>
#include <cstdio>
#include <map>

#include <benchmark/benchmark.h>
#include <rte_cycles.h>
#include <sched.h>

#include "tests/perf/bench/machine.h"
#include "tests/perf/micro/stages.h"

namespace mediaplane::bench {
namespace {

constexpr std::uint32_t kSessions[] = {1, 100, 1000, 10000, 60000};
constexpr std::uint32_t kInFlight[] = {1024, 8192};
constexpr std::pair<Stage, const char*> kStages[] = {
    {Stage::kClassify, "classify"}, {Stage::kLookUp, "lookup"},   {Stage::kAdmit, "admit"},
    {Stage::kMeasure, "measure"},   {Stage::kRewrite, "rewrite"}, {Stage::kProcess, "process"},
    {Stage::kWhole, "whole"}};

// The sessions of the benchmark that runs; those with other numbers are set up when their turn
// comes, and these are taken down.
using Present = std::unique_ptr<Stages>;

void measure(benchmark::State& state, Present& present, Stage stage, std::uint32_t sessions,
             std::uint32_t in_flight) {
  if (!present || present->sessions() != sessions || present->in_flight() != in_flight) {
    present.reset();
    auto made = Stages::create(sessions, in_flight);
    if (!made) return state.SkipWithError(made.error().c_str());
    present = std::move(*made);
  }
  std::vector<double> rounds;
  for ([[maybe_unused]] auto each : state) {
    const auto cycles = present->cycles(stage);
    if (cycles == 0) return state.SkipWithError("a packet was dropped");
    state.SetIterationTime(static_cast<double>(cycles) / static_cast<double>(rte_get_tsc_hz()));
    rounds.push_back(static_cast<double>(cycles) / in_flight);
  }
  std::ranges::sort(rounds);
  state.counters["cycles_a_packet"] = rounds[rounds.size() / 2];
  state.counters["best"] = rounds[rounds.size() / 100];
  state.SetItemsProcessed(static_cast<std::int64_t>(rounds.size()) * in_flight);
}

void add_benchmarks(Present& present) {
  for (const auto sessions : kSessions) {
    for (const auto in_flight : kInFlight) {
      for (const auto& [stage, name] : kStages) {
        const auto title =
            std::string(name) + "/" + std::to_string(sessions) + "/" + std::to_string(in_flight);
        benchmark::RegisterBenchmark(title.c_str(),
                                     [&present, stage = stage, sessions, in_flight](auto& state) {
                                       measure(state, present, stage, sessions, in_flight);
                                     })
            ->UseManualTime()
            ->Unit(benchmark::kMicrosecond);
      }
    }
  }
}

// The last one that we may use: the first has the machine's interrupts.
std::uint32_t last_cpu() {
  cpu_set_t set;
  CPU_ZERO(&set);
  sched_getaffinity(0, sizeof set, &set);
  std::uint32_t last = 0;
  for (std::uint32_t cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
    if (CPU_ISSET(cpu, &set)) last = cpu;
  }
  return last;
}

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  const auto most = *std::ranges::max_element(kSessions);
  if (auto started = start_machine({most, {last_cpu()}, {}}); !started) {
    std::fprintf(stderr, "mediaplane-micro: %s\n", started.error().c_str());
    return 3;
  }
  Present present;
  add_benchmarks(present);
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}

}  // namespace
}  // namespace mediaplane::bench

int main(int argc, char** argv) { return mediaplane::bench::main(argc, argv); }
