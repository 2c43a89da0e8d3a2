// SPDX-License-Identifier: BSD-2-Clause
// mediaplane-bench: how fast the packet path is, with every packet checked.
#include <cstdio>
#include <fstream>
#include <string_view>

#include <fmt/format.h>

#include "tests/perf/bench/machine.h"
#include "tests/perf/bench/modes.h"
#include "tests/perf/bench/setting.h"
#include "tests/perf/bench/setup.h"

namespace mediaplane::bench {

Figures described(const Options& options, const char* mode) {
  const auto& traffic = options.traffic;
  Figures figures;
  figures.add("mode", mode);
  figures.add("subject", !options.device.empty() ? "device" : options.relay_cpu ? "lcore" : "one");
  figures.add("sessions", std::uint64_t{traffic.sessions});
  figures.add("frame_bytes", std::uint64_t{traffic.frame_bytes});
  figures.add("families", name_of(traffic.families));
  figures.add("in_flight", std::uint64_t{options.in_flight});
  figures.add("rebinding", traffic.rebinding);
  figures.add("loss", traffic.loss);
  figures.add("malformed", traffic.malformed);
  if (options.mode == Mode::kSoak) figures.add("churn", options.churn);
  return figures;
}

std::string headline(const Options& options) {
  return fmt::format("sessions {}, frames of {} bytes, {}\n", options.traffic.sessions,
                     options.traffic.frame_bytes, name_of(options.traffic.families));
}

void conclude(Outcome& outcome, const Account& account) {
  add_account(outcome.figures, account);
  outcome.table += table_of(account);
  outcome.is_clean = account.faults.empty();
}

namespace {

constexpr int kWrong = 1;
constexpr int kUsageError = 2;
constexpr int kMissing = 3;

int missing(const std::string& text) {
  std::fprintf(stderr, "mediaplane-bench: %s\n", text.c_str());
  return kMissing;
}

Outcome measure_on(Bed& bed) {
  switch (bed.options.mode) {
    case Mode::kLatency:
      return measure_latency(bed);
    case Mode::kNdr:
      return find_ndr(bed);
    case Mode::kSoak:
      return soak(bed);
    case Mode::kRun:
    case Mode::kCompare:
      break;
  }
  return run(bed);
}

Result<Outcome, std::string> measure(const Options& options, const Config& config) {
  if (options.workers > 1) return run_workers(options, config);
  auto setting = Setting::create(options, config);
  if (!setting) return failure(setting.error());
  auto bed = (*setting)->bed();
  return measure_on(bed);
}

int main(int argc, char** argv) {
  const bool sets_up = argc > 1 && std::string_view(argv[1]) == "setup";
  if (sets_up) return setup_main(argc - 1, argv + 1);
  const auto options = parse_options(argc, argv);
  if (!options) return options.error() == Usage::kHelp ? 0 : kUsageError;
  if (options->mode == Mode::kCompare) {
    return compare(options->files[0], options->files[1], options->tolerance);
  }
  auto config = configuration_of(*options);
  if (!config) {
    std::fprintf(stderr, "mediaplane-bench: %s\n", config.error().c_str());
    return kUsageError;
  }
  if (auto started = start_machine(machine_of(*options)); !started) return missing(started.error());
  const auto outcome = measure(*options, *config);
  if (!outcome) return missing(outcome.error());
  std::fputs(outcome->table.c_str(), stdout);
  if (!options->json.empty() && !(std::ofstream(options->json) << json_of(outcome->figures))) {
    return missing(options->json + " cannot be written");
  }
  return outcome->is_clean ? 0 : kWrong;
}

}  // namespace
}  // namespace mediaplane::bench

int main(int argc, char** argv) { return mediaplane::bench::main(argc, argv); }
