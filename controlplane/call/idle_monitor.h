// SPDX-License-Identifier: BSD-2-Clause
// Finds the sessions that nobody uses any more: no offer, no answer, no accepted packet, RTP or
// RTCP, in either direction and no prompt for the configured time.
//
// Everything is measured on the data plane's clock, where the packets are stamped. So time stands
// still while no data plane is attached or it does not run. A sweep once a second finds a session
// within the second after its time.
#pragma once

#include <chrono>
#include <vector>

#include "controlplane/call/session_store.h"
#include "dataplane/abi/region.h"

namespace mediaplane {

class IdleMonitor {
 public:
  explicit IdleMonitor(std::chrono::seconds timeout);

  // Notes what packets have refreshed, and returns the sessions whose time is over.
  std::vector<abi::SessionId> sweep(SessionStore& store, const abi::Region& region) const;

 private:
  std::int32_t timeout_ticks_;
};

// The time of a session's last refresh: `refreshed`, or that of a packet that came later.
Tick last_refresh(const CallSession& session, const abi::Region& region);

}  // namespace mediaplane
