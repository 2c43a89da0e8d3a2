// SPDX-License-Identifier: BSD-2-Clause
// What the tool tells: lines for people, JSON for tests, a table while it runs.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "tests/tools/phones/call.h"
#include "tests/tools/phones/flow.h"
#include "tests/tools/phones/media.h"

namespace mediaplane::phones {

struct Outcome {
  std::array<std::array<Tally, 2>, 2> tallies;  // Indexed by sending Party and Component.
  Latencies latencies;
  std::uint32_t calls = 0;
  std::uint32_t calls_set_up = 0;
  std::uint64_t relayed_after_hangup = 0;
  Clock::duration worst_pacing_delay{};
  std::vector<std::string> errors;

  bool is_clean() const;
};

// The sum over all calls, by sending party and component.
std::array<std::array<Tally, 2>, 2> tally_of(std::deque<Call>& calls);

std::string summary_text(const Outcome& outcome, bool has_rtcp);
std::string json_text(const Outcome& outcome);

}  // namespace mediaplane::phones
