// SPDX-License-Identifier: BSD-2-Clause
// mediaplane-bench: how fast the packet path is, with every packet checked.
#include <bit>
#include <cstdio>
#include <fstream>
#include <string_view>

#include <spdlog/spdlog.h>

#include "dataplane/port/eal.h"
#include "tests/perf/bench/run.h"
#include "tests/perf/bench/setup.h"

namespace mediaplane::bench {
namespace {

constexpr int kWrong = 1;
constexpr int kUsageError = 2;
constexpr int kMissing = 3;

int missing(const std::string& text) {
  std::fprintf(stderr, "mediaplane-bench: %s\n", text.c_str());
  return kMissing;
}

std::size_t megabytes_for(const Options& options) { return 192 + options.traffic.sessions / 100; }

// Packets in 4 KiB pages cost the path a fifth more, in misses of the TLB.
std::vector<std::string> eal_of(const Options& options, bool huge_pages) {
  return {"mediaplane-bench",
          huge_pages ? "--in-memory" : "--no-huge",
          "--no-shconf",
          "--no-pci",
          "--no-telemetry",
          "--log-level=error",
          "-m",
          std::to_string(megabytes_for(options)),
          "--lcores=0@" + std::to_string(options.cpu)};
}

bool are_huge_pages_free(std::size_t megabytes) {
  std::size_t pages = 0;
  std::ifstream("/sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages") >> pages;
  return pages * 2 >= megabytes;
}

// No more than needed: a pool hands its buffers out in turn, and those that are not used would only
// push the others out of the caches.
std::uint32_t mbufs_for(const Options& options) {
  constexpr std::uint32_t kCaches = 1000;
  return std::bit_ceil(options.in_flight + kCaches) - 1;
}

int main(int argc, char** argv) {
  const bool sets_up = argc > 1 && std::string_view(argv[1]) == "setup";
  if (sets_up) return setup_main(argc - 1, argv + 1);
  const auto options = parse_options(argc, argv);
  if (!options) return options.error() == Usage::kHelp ? 0 : kUsageError;
  spdlog::set_level(spdlog::level::warn);
  const bool huge_pages = are_huge_pages_free(megabytes_for(*options));
  if (!huge_pages) std::puts("no huge pages are free (sysctl vm.nr_hugepages=400): slower without");
  if (auto started = start_eal(eal_of(*options, huge_pages)); !started) {
    return missing(started.error().text);
  }
  auto path = RelayPath::create(options->traffic, mbufs_for(*options));
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
