// SPDX-License-Identifier: BSD-2-Clause
// mediaplane-bench: how fast the packet path is, with every packet checked.
#include <cstdio>
#include <fstream>

#include "tests/perf/bench/machine.h"
#include "tests/perf/bench/run.h"

namespace mediaplane::bench {
namespace {

constexpr int kWrong = 1;
constexpr int kUsageError = 2;
constexpr int kMissing = 3;

int missing(const std::string& text) {
  std::fprintf(stderr, "mediaplane-bench: %s\n", text.c_str());
  return kMissing;
}

int main(int argc, char** argv) {
  const auto options = parse_options(argc, argv);
  if (!options) return options.error() == Usage::kHelp ? 0 : kUsageError;
  if (auto started = start_machine({options->traffic.sessions, {options->cpu}, {}}); !started) {
    return missing(started.error());
  }
  auto path = RelayPath::create(options->traffic, mbufs_for(options->in_flight));
  if (!path) return missing(path.error());
  Traffic traffic(options->traffic, (*path)->mac());
  if (auto loaded = (*path)->load(traffic); !loaded) return missing(loaded.error());
  const auto result = run(**path, traffic, *options);
  std::fputs(table_of(result, *options).c_str(), stdout);
  if (!options->json.empty()) std::ofstream(options->json) << json_of(result, *options);
  return result.is_clean() ? 0 : kWrong;
}

}  // namespace
}  // namespace mediaplane::bench

int main(int argc, char** argv) { return mediaplane::bench::main(argc, argv); }
