// SPDX-License-Identifier: BSD-2-Clause
#include "controlplane/call/idle_monitor.h"

#include <algorithm>

namespace mediaplane {

Tick last_refresh(const CallSession& session, const abi::Region& region) {
  auto latest = session.refreshed;
  for (const auto side : {abi::Side::kCallee, abi::Side::kCaller}) {
    for (const auto component : {abi::Component::kRtp, abi::Component::kRtcp}) {
      const auto& flow =
          region.flow_statistics(abi::flow_index(session.id().index, side, component));
      if (flow.packets.load(std::memory_order_relaxed) == 0) continue;
      const auto tick = flow.last_tick.load(std::memory_order_relaxed);
      if (ticks_between(latest, tick) > 0) latest = tick;
    }
  }
  return latest;
}

IdleMonitor::IdleMonitor(std::chrono::seconds timeout)
    : timeout_ticks_(static_cast<std::int32_t>(timeout.count()) *
                     static_cast<std::int32_t>(kTicksPerSecond)) {}

std::vector<abi::SessionId> IdleMonitor::sweep(SessionStore& store,
                                               const abi::Region& region) const {
  const auto now = region.header().tick.load(std::memory_order_relaxed);
  std::vector<abi::SessionId> idle;
  for (const auto id : store.ids()) {
    auto& session = *store.find(id);
    const bool is_played = std::any_of(session.media.begin(), session.media.end(),
                                       [](const auto& side) { return side.is_playing(); });
    session.refreshed = is_played ? now : last_refresh(session, region);
    if (ticks_between(session.refreshed, now) >= timeout_ticks_) idle.push_back(id);
  }
  return idle;
}

}  // namespace mediaplane
