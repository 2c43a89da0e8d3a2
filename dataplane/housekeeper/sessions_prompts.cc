// SPDX-License-Identifier: BSD-2-Clause
// What prompts need of the sessions: where they go, and their end.
#include "dataplane/housekeeper/sessions.h"

namespace mediaplane {
namespace {

constexpr std::array kSides = {abi::Side::kCallee, abi::Side::kCaller};

bool is_playing(const abi::SideState& side) { return (side.flags & abi::kPlaying) != 0; }

}  // namespace

Result<const FlowEntry*, Verdict> Sessions::way_of_prompt(abi::SessionId id, abi::Side side) const {
  if (id.generation == 0 || id.index >= sessions_.size()) return failure(Verdict::kPromptStale);
  const auto& session = sessions_[id.index];
  if (session.id != id || !is_playing(session.side(side))) return failure(Verdict::kPromptStale);
  // What the peer says leaves by the same endpoint to the same party.
  const FlowEntry* entry = session.flow(other(side), abi::Component::kRtp).entry;
  if (entry == nullptr || entry->out_family == IpFamily::kNone) {
    return failure(Verdict::kNoDestination);
  }
  if (entry->to_ourselves) return failure(Verdict::kPromptToOurselves);
  return entry;
}

void Sessions::stop_prompts(Tick now) {
  for (auto& session : sessions_) {
    if (!session.is_used()) continue;
    bool any = false;
    for (const auto side : kSides) {
      const auto& state = session.side(side);
      if (!is_playing(state)) continue;
      const auto flags = static_cast<std::uint16_t>(state.flags & ~abi::kPlaying);
      records_.store_flags(session.id.index, side, flags);
      any = true;
    }
    if (any) refresh(session, now);
  }
}

}  // namespace mediaplane
