// SPDX-License-Identifier: BSD-2-Clause
// The command line of mediaplane-bench.
#pragma once

#include <cstdint>
#include <string>

#include "dataplane/net/result.h"
#include "tests/perf/bench/traffic.h"

namespace mediaplane::bench {

struct Options {
  TrafficOptions traffic;
  std::uint32_t seconds = 3;
  std::uint32_t in_flight = 1024;  // Packets offered before the relay path runs.
  std::uint32_t cpu = 1;
  std::string json;  // Where to write the result; empty: nowhere.
};

enum class Usage : std::uint8_t { kHelp, kWrong };

// What is wrong goes to standard error.
Result<Options, Usage> parse_options(int argc, char** argv);

}  // namespace mediaplane::bench
