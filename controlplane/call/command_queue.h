// SPDX-License-Identifier: BSD-2-Clause
// Keeps the commands of one call in order: while one is in flight, the others of that call wait
// behind it. Different calls do not wait for each other.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "controlplane/protocol/exchange.h"

namespace mediaplane {

enum class Progress : std::uint8_t { kAnswered, kInFlight };

class CommandQueue {
 public:
  // Carries a command out, or begins to.
  using Begin = std::function<Progress(Time now)>;

  // Begins at once if nothing of the call is in flight.
  void run(const std::string& call_id, Time now, Begin begin);

  // The command in flight has been answered: those behind it have their turn.
  void release(const std::string& call_id, Time now);

  bool is_busy(std::string_view call_id) const { return waiting_.contains(call_id); }
  bool is_empty() const { return waiting_.empty(); }
  std::vector<std::string> busy_calls() const;

 private:
  std::map<std::string, std::deque<Begin>, std::less<>> waiting_;
};

}  // namespace mediaplane
