// SPDX-License-Identifier: BSD-2-Clause
// Moves the packets of all calls. Every 20 ms of absolute time a call sends one RTP packet each
// way; the calls are spread evenly over the 20 ms. RTCP goes once a second and party.
#pragma once

#include <cstdint>
#include <functional>

#include "tests/tools/phones/call.h"
#include "tests/tools/phones/event_loop.h"
#include "tests/tools/phones/latency.h"
#include "tests/tools/phones/options.h"

namespace mediaplane::phones {

// Latencies by sending party and component.
using Latencies = std::array<std::array<LatencyHistogram, 2>, 2>;

class Media {
 public:
  Media(EventLoop& loop, const Options& options) : loop_(loop), options_(options) {}

  // From here on what arrives for the call is judged. The call must stay where it is.
  void listen(Call& call);
  // Talks for the time of the options, then calls `on_done`.
  void talk(Call& call, std::function<void()> on_done);
  // All calls end at their next packet.
  void stop_talking() { is_stopping_ = true; }

  // After the hang-up: sends some packets of each flow; what arrives now was relayed wrongly.
  void knock(Call& call);
  std::uint64_t relayed_after_hangup() const { return relayed_after_hangup_; }

  const Latencies& latencies() const { return latencies_; }
  Latencies take_recent_latencies();  // Those since the last time.

 private:
  void send_round(Call& call, Time due, const std::function<void()>& on_done);
  void send_report(Call& call, Party party, Time due);
  void send(Call& call, Party party, Component component);
  void receive(Call& call, Party party, Component component);
  bool may_speak(Call& call, Party party, Component component) const;
  Time first_slot(const Call& call) const;

  EventLoop& loop_;
  const Options& options_;
  const Time start_ = Clock::now();
  Latencies latencies_;
  Latencies recent_latencies_;
  std::uint64_t relayed_after_hangup_ = 0;
  bool is_stopping_ = false;
  bool is_hung_up_ = false;
};

}  // namespace mediaplane::phones
