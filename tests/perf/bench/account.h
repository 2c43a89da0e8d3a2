// SPDX-License-Identifier: BSD-2-Clause
// What became of all packets, and whether it is what had to become of them.
#pragma once

#include <string>
#include <vector>

#include "tests/perf/bench/figures.h"
#include "tests/perf/bench/subject.h"
#include "tests/perf/bench/traffic.h"

namespace mediaplane::bench {

struct Account {
  std::uint64_t sent = 0;
  std::uint64_t missing = 0;     // Whole packets that did not come out,
  std::uint64_t relearning = 0;  // of which so many because their party had just rebound.
  Findings findings;
  std::uint64_t lost_before = 0;
  std::uint64_t rebindings = 0;
  std::uint64_t malformed = 0;
  Drops drops;
  std::vector<std::string> faults;  // Each a line for people; none if all is as it has to be.

  std::uint64_t lost() const { return missing - relearning; }
  // The packets of both; drops are the relay's, and the same for both.
  void add(const Account& other);
};

// After everything has come out that can.
Account account_of(const Traffic& traffic, Subject& subject);

void add_account(Figures& figures, const Account& account);
std::string table_of(const Account& account);

}  // namespace mediaplane::bench
