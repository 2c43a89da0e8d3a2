// SPDX-License-Identifier: BSD-2-Clause
// From a session's state to the entry of one of its flows: everything that a worker needs, computed
// beforehand. Pure; the neighbour is the caller's to add.
#pragma once

#include "dataplane/flow/entry.h"
#include "dataplane/housekeeper/routes.h"
#include "dataplane/housekeeper/session_state.h"

namespace mediaplane {

// The policy of one flow's learning: what was signalled for its party, or for RTCP what follows
// from that and from whom RTP has taken.
LatchPolicy policy_of(const SessionState& session, abi::Side side, abi::Component component);

// The key under which packets to this flow are found.
FlowKey key_of(const abi::SideState& side, abi::Component component);

// Fills `entry` but for generation and neighbour. Packets arrive at `side`'s local endpoint, and
// leave from the other side's to where that side's party is.
void compose(FlowEntry& entry, const SessionState& session, abi::Side side,
             abi::Component component, std::span<const LocalAddress> local_addresses);

// Where the packets of this flow go; unset if that is not known or there is no session yet.
Endpoint destination_of(const SessionState& session, abi::Side side, abi::Component component);

}  // namespace mediaplane
