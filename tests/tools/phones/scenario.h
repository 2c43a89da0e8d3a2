// SPDX-License-Identifier: BSD-2-Clause
// The course of a run: set up the calls one by one, talk, wait for what is still on its way, hang
// up, and see that nothing is relayed any more.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <vector>

#include "tests/tools/phones/call.h"
#include "tests/tools/phones/control_client.h"
#include "tests/tools/phones/event_loop.h"
#include "tests/tools/phones/media.h"
#include "tests/tools/phones/options.h"

namespace mediaplane::phones {

class Scenario {
 public:
  Scenario(EventLoop& loop, Media& media, const Options& options);

  // Opens all sockets and enters the set-ups in the agenda; the loop stops after the last step.
  Result<void, std::string> start();
  // Ends the calls now, in order.
  void interrupt();

  std::deque<Call>& calls() { return calls_; }
  const std::vector<std::string>& errors() const { return errors_; }
  std::uint32_t calls_set_up() const { return calls_set_up_; }

 private:
  void offer(Call& call);
  void answer(Call& call);
  void note_set_up(Call& call);
  void give_up(const std::string& error);
  void finish_call();
  void wait_for_stragglers(Time deadline);
  void hang_up();
  void finish_hang_up();

  EventLoop& loop_;
  Media& media_;
  const Options& options_;
  ControlClient control_;
  std::deque<Call> calls_;  // A deque: calls never move.
  std::vector<std::string> errors_;
  std::uint32_t calls_set_up_ = 0;
  std::uint32_t calls_finished_ = 0;
  std::uint32_t hang_ups_pending_ = 0;
  bool is_interrupted_ = false;
};

}  // namespace mediaplane::phones
