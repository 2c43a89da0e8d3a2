// SPDX-License-Identifier: BSD-2-Clause
// One trial: all calls talk at a steady rate, and everything that arrives is counted and timed.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "tests/perf/bench/histogram.h"
#include "tests/perf/veth/frame.h"
#include "tests/perf/veth/packet_socket.h"

namespace mediaplane::veth {

inline constexpr std::size_t kParties = 2;

struct Stream {
  std::size_t party;  // Who sends it.
  RtpFrame frame;
};

struct TrialOptions {
  double rate = 10000;  // Packets a second of all streams together.
  double seconds = 1;
  double warm_up = 0.1;  // Seconds before that, at the same rate, of which nothing counts.
};

struct TrialResult {
  std::uint64_t due = 0;  // What should have been sent.
  std::uint64_t sent = 0;
  std::uint64_t received = 0;
  std::uint64_t late = 0;     // Of these, after more than a packet's interval, 20 ms.
  std::uint64_t overrun = 0;  // Arrived, and found no room at the receiver.
  bench::Histogram nanoseconds;
};

using Parties = std::array<PacketSockets*, kParties>;

TrialResult run_trial(const Parties& parties, std::vector<Stream>& streams,
                      const TrialOptions& options);

}  // namespace mediaplane::veth
