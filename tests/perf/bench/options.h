// SPDX-License-Identifier: BSD-2-Clause
// The command line of mediaplane-bench.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "dataplane/net/result.h"
#include "tests/perf/bench/traffic.h"

namespace mediaplane::bench {

enum class Mode : std::uint8_t { kRun, kLatency, kNdr, kSoak, kCompare };

struct Options {
  Mode mode = Mode::kRun;
  TrafficOptions traffic;
  double seconds = 3;
  std::uint32_t in_flight = 0;  // Packets between generator and relay at most; parsed: not 0.
  std::uint32_t cpu = 1;
  std::optional<std::uint32_t> relay_cpu;  // Of the relay's own lcore; unset: it has none.
  std::uint32_t workers = 1;               // That share the calls, each on a CPU of its own.
  double rate = 100000;                    // Packets a second.
  double churn = 50;                       // Sessions a second that end and come again.
  std::string config;                      // The relay's configuration; empty: one of our own.
  std::string device;                      // Where the relay is; empty: in this program.
  std::string json;                        // Where to write the result; empty: nowhere.
  double tolerance = 0.05;
  std::vector<std::string> files;  // To compare.
};

enum class Usage : std::uint8_t { kHelp, kWrong };

// What is wrong goes to standard error.
Result<Options, Usage> parse_options(int argc, char** argv);

}  // namespace mediaplane::bench
