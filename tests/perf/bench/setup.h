// SPDX-License-Identifier: BSD-2-Clause
// How fast sessions are set up through the control socket of a running control plane, and how long
// one command waits for its answer. Every answer is checked: no local endpoint may be given out
// twice among the sessions that are up.
//
// Without a rate, `in_flight` sessions are worked on at once, each command being sent when the one
// before it has been answered. With a rate, commands are sent when they are due, whatever has been
// answered, and an answer's time counts from then.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "dataplane/net/result.h"

namespace mediaplane::bench {

struct SetupOptions {
  bool one_shot = false;  // A connection for each command (unix:), or one for all (cunix:).
  std::string path;
  std::uint32_t sessions = 10000;
  std::uint32_t first = 0;  // Number of the first session, which is part of its call-id.
  std::uint32_t in_flight = 64;
  std::uint32_t rate = 0;     // Commands a second; 0: as fast as they are answered.
  std::string steps = "ULD";  // What is done with each session.
  std::string json;           // Where to write the result; empty: nowhere.
};

struct SetupResult {
  std::uint64_t commands = 0;
  double seconds = 0;
  std::vector<std::uint32_t> waits_us;  // Sorted; from sending, or from when it was due.
  std::uint64_t wrong = 0;              // Answers that are not what they should be.
  std::string first_wrong;              // Command and answer.

  std::uint32_t quantile_us(double share) const;
  double commands_per_second() const { return static_cast<double>(commands) / seconds; }
};

// The error says what became of the connection.
Result<SetupResult, std::string> set_up(const SetupOptions& options);

// `mediaplane-bench setup`, whose arguments begin with that word; the exit status.
int setup_main(int argc, char** argv);

}  // namespace mediaplane::bench
