// SPDX-License-Identifier: BSD-2-Clause
#include "tests/perf/bench/machine.h"

#include <bit>
#include <cstdio>
#include <fstream>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "dataplane/port/eal.h"

namespace mediaplane::bench {
namespace {

bool are_huge_pages_free(std::size_t megabytes) {
  std::size_t pages = 0;
  std::ifstream("/sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages") >> pages;
  return pages * 2 >= megabytes;
}

std::string lcores_of(const std::vector<std::uint32_t>& cpus) {
  std::string lcores;
  for (std::size_t i = 0; i < cpus.size(); ++i) {
    lcores += fmt::format("{}{}@{}", i == 0 ? "" : ",", i, cpus[i]);
  }
  return lcores;
}

}  // namespace

Result<void, std::string> start_machine(const MachineOptions& options) {
  spdlog::set_level(spdlog::level::warn);
  const std::size_t megabytes = 192 + options.sessions / 100;
  const bool huge_pages = are_huge_pages_free(megabytes);
  if (!huge_pages) {
    std::fputs("no huge pages are free (sysctl vm.nr_hugepages=400): slower without\n", stderr);
  }
  std::vector<std::string> arguments = {"mediaplane-bench",
                                        huge_pages ? "--in-memory" : "--no-huge",
                                        "--no-shconf",
                                        "--no-pci",
                                        "--no-telemetry",
                                        "--log-level=error",
                                        "-m",
                                        std::to_string(megabytes),
                                        "--lcores=" + lcores_of(options.cpus)};
  arguments.insert(arguments.end(), options.eal.begin(), options.eal.end());
  if (auto started = start_eal(arguments); !started) return failure(started.error().text);
  return {};
}

std::uint32_t mbufs_for(std::uint32_t in_flight) {
  constexpr std::uint32_t kCaches = 1000;
  return std::bit_ceil(in_flight + kCaches) - 1;
}

}  // namespace mediaplane::bench
