// SPDX-License-Identifier: BSD-2-Clause
#include "controlplane/call/idle_monitor.h"

#include <algorithm>

namespace mediaplane {
namespace {

using abi::Side;

Tick present(const abi::Region& region) {
  return region.header().tick.load(std::memory_order_relaxed);
}

// The last packet of a party, if it came after `latest`.
Tick last_refresh(Tick latest, const CallSession& session, Side side, const abi::Region& region) {
  for (const auto component : {abi::Component::kRtp, abi::Component::kRtcp}) {
    const auto& flow = region.flow_statistics(abi::flow_index(session.id().index, side, component));
    if (flow.packets.load(std::memory_order_relaxed) == 0) continue;
    const auto tick = flow.last_tick.load(std::memory_order_relaxed);
    if (ticks_between(latest, tick) > 0) latest = tick;
  }
  return latest;
}

RefreshTimes refresh_times(const CallSession& session, const abi::Region& region) {
  auto times = session.refreshed;
  for (const auto side : {Side::kCallee, Side::kCaller}) {
    auto& time = times[abi::index_of(side)];
    time = last_refresh(time, session, side, region);
  }
  return times;
}

}  // namespace

std::chrono::seconds IdleMonitor::timeout_of(const CallSession& session) const {
  return is_complete(session.state) ? rules_.timeout : rules_.setup_timeout;
}

std::int32_t IdleMonitor::idle_ticks(const RefreshTimes& refreshed, Tick now) const {
  const auto [callee, caller] =
      std::array{ticks_between(refreshed[0], now), ticks_between(refreshed[1], now)};
  return rules_.each_direction ? std::max(callee, caller) : std::min(callee, caller);
}

std::chrono::seconds IdleMonitor::time_left(const CallSession& session,
                                            const abi::Region& region) const {
  const auto idle = idle_ticks(refresh_times(session, region), present(region)) /
                    static_cast<std::int32_t>(kTicksPerSecond);
  const auto timeout = timeout_of(session);
  return std::clamp(timeout - std::chrono::seconds(idle), std::chrono::seconds(0), timeout);
}

std::vector<abi::SessionId> IdleMonitor::sweep(SessionStore& store, const abi::Region& region,
                                               std::uint32_t first, std::uint32_t count) const {
  const auto now = present(region);
  std::vector<abi::SessionId> idle;
  for (auto index = first; index < first + count; ++index) {
    auto* found = store.at(index);
    if (found == nullptr) continue;
    auto& session = *found;
    session.refreshed = refresh_times(session, region);
    if (session.is_playing(Side::kCallee) || session.is_playing(Side::kCaller))
      session.refreshed.fill(now);
    const auto limit = timeout_of(session).count() * std::int64_t{kTicksPerSecond};
    if (idle_ticks(session.refreshed, now) >= limit) idle.push_back(session.id());
  }
  return idle;
}

}  // namespace mediaplane
