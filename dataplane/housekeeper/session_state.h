// SPDX-License-Identifier: BSD-2-Clause
// A session as the housekeeper holds it: what the control plane wishes, what was learned, and the
// published entries that follow from both.
#pragma once

#include <array>

#include "dataplane/abi/session.h"
#include "dataplane/flow/entry.h"
#include "dataplane/flow/key.h"
#include "dataplane/flow/latch.h"
#include "dataplane/housekeeper/stored_latch.h"

namespace mediaplane {

struct FlowState {
  FlowEntry* entry = nullptr;  // Published; null: the side has no UDP port yet.
  [[no_unique_address]] StoredLatch latch;
  LatchPolicy policy;
  std::uint16_t local_address = 0;  // What the entry is published under.
  Be16 udp_port{};
  bool waiting = false;  // In the list of flows that time can change.

  FlowKey key() const { return {local_address, udp_port, {}}; }
};

struct SessionState {
  abi::SessionId id;                     // Generation 0: nobody's.
  const abi::Session* record = nullptr;  // Its call record in the region; null: nobody's.
  std::array<FlowState, abi::kFlowsPerSession> flows;
  // Generation of the first entry: events of older entries belong to the index's former session.
  std::uint32_t first_entry = 0;

  bool is_used() const { return id.generation != 0; }
  FlowState& flow(abi::Side side, abi::Component component) {
    return flows[abi::flow_index(0, side, component)];
  }
  const FlowState& flow(abi::Side side, abi::Component component) const {
    return flows[abi::flow_index(0, side, component)];
  }
  const abi::SideState& side(abi::Side which) const { return record->sides[abi::index_of(which)]; }
};
// There is one for every session that there can be.
static_assert(sizeof(SessionState) <= 416);

}  // namespace mediaplane
