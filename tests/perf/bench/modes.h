// SPDX-License-Identifier: BSD-2-Clause
// What the modes of measuring have in common; each is one file.
#pragma once

#include <string>

#include "tests/perf/bench/account.h"
#include "tests/perf/bench/exchange.h"
#include "tests/perf/bench/figures.h"
#include "tests/perf/bench/options.h"
#include "tests/perf/bench/relay_path.h"

namespace mediaplane::bench {

// What a mode works with. All calls are set up and all sources locked.
struct Bed {
  const Options& options;
  Subject& subject;
  RelayPath* one_lcore;  // The relay path if it runs on the caller's lcore, or null.
  CallSetup& setup;
  std::vector<Call>& calls;
  Traffic& traffic;
  Exchange& exchange;
};

struct Outcome {
  Figures figures;
  std::string table;
  bool is_clean = false;
};

// The figures that say what was measured.
Figures described(const Options& options, const char* mode);
std::string headline(const Options& options);

// What became of the packets, as the end of an outcome.
void conclude(Outcome& outcome, const Account& account);

Outcome run(Bed& bed);
// Several workers at once; the error is a text.
Result<Outcome, std::string> run_workers(const Options& options, const Config& config);
Outcome measure_latency(Bed& bed);
Outcome find_ndr(Bed& bed);
Outcome soak(Bed& bed);
// The exit status. Says to standard output what is better and what is worse.
int compare(const std::string& before, const std::string& after, double tolerance);

}  // namespace mediaplane::bench
