// SPDX-License-Identifier: BSD-2-Clause
#include "controlplane/call/command_queue.h"

#include <utility>

namespace mediaplane {

void CommandQueue::run(const std::string& call_id, Time now, Begin begin) {
  const auto call = waiting_.find(call_id);
  if (call != waiting_.end()) {
    call->second.push_back(std::move(begin));
  } else if (begin(now) == Progress::kInFlight) {
    waiting_[call_id];
  }
}

void CommandQueue::release(const std::string& call_id, Time now) {
  const auto call = waiting_.find(call_id);
  while (!call->second.empty()) {
    const auto begin = std::move(call->second.front());
    call->second.pop_front();
    if (begin(now) == Progress::kInFlight) return;
  }
  waiting_.erase(call);
}

std::vector<std::string> CommandQueue::busy_calls() const {
  std::vector<std::string> calls;
  for (const auto& [call_id, waiting] : waiting_) calls.push_back(call_id);
  return calls;
}

}  // namespace mediaplane
