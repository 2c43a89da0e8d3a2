// SPDX-License-Identifier: BSD-2-Clause
// Finds the sessions that nobody uses any more: no offer, no answer, no accepted packet, RTP or
// RTCP, and no prompt for the configured time. A session that is still being set up has a time of
// its own. Either direction keeps a session alive, unless each is to be watched for itself.
//
// Everything is measured on the data plane's clock, where the packets are stamped. So time stands
// still while no data plane is attached or it does not run. Whoever sweeps over all
// sessions once a second finds each within the second after its time.
#pragma once

#include <chrono>
#include <vector>

#include "controlplane/call/session_store.h"
#include "dataplane/abi/region.h"

namespace mediaplane {

struct IdleRules {
  std::chrono::seconds timeout{60};
  std::chrono::seconds setup_timeout{60};  // Until both sides have UDP ports.
  bool each_direction = false;             // A session ends when one direction is silent.
};

class IdleMonitor {
 public:
  explicit IdleMonitor(const IdleRules& rules) : rules_(rules) {}

  // Looks at the sessions with `count` indexes from `first` on: notes what packets have refreshed,
  // and returns those whose time is over.
  std::vector<abi::SessionId> sweep(SessionStore& store, const abi::Region& region,
                                    std::uint32_t first, std::uint32_t count) const;

  // How long this session may be silent.
  std::chrono::seconds timeout_of(const CallSession& session) const;
  // How much of that is left.
  std::chrono::seconds time_left(const CallSession& session, const abi::Region& region) const;

 private:
  std::int32_t idle_ticks(const RefreshTimes& refreshed, Tick now) const;

  IdleRules rules_;
};

}  // namespace mediaplane
