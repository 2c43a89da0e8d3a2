// SPDX-License-Identifier: BSD-2-Clause
// What rtpproxy 3.x does (rtpproxy's "new" latching): the first source locks the side, whoever it
// is. The same SSRC may move within 536 sequence numbers, either way; for 10 s after a command that
// carried an address for a side which had one, any RTP takes the side over. A re-offered address is
// adopted only where no packet ever came from another one.
#include "dataplane/flow/latch_rules.h"
#include "dataplane/net/rtp.h"

namespace mediaplane::first_packet {
namespace {

using Hold = LatchState::Hold;

constexpr int kReach = 536;

bool is_same_stream(const Datagram& datagram, const LastAccepted& last) {
  if (!datagram.rtp || !last.rtp || datagram.ssrc != last.ssrc) return false;
  const int distance = sequence_distance(last.sequence, datagram.sequence);
  return distance < kReach && distance > -kReach;
}

// RTP with SSRC 0 is relayed and does not lock.
LatchState taken(const LatchState& state, const Datagram& datagram) {
  auto next = state;
  next.present.source = datagram.source;
  next.present.last = datagram.tick;
  next.hold = datagram.rtp && datagram.ssrc == 0 ? Hold::kTaken : Hold::kLocked;
  return next;
}

}  // namespace

LatchState heard(const LatchState& state, const Datagram& datagram, const LastAccepted& last) {
  if (state.hold == Hold::kNobody) return datagram.relayed ? taken(state, datagram) : state;
  if (state.hold == Hold::kTaken) return taken(state, datagram);
  if (datagram.source == state.present.source) return state;
  const bool moves = is_same_stream(datagram, last) || (state.in_window && datagram.rtp);
  return moves ? taken(state, datagram) : state;
}

LatchState passed(LatchState state, Tick now) {
  if (state.in_window && ticks_between(state.window_begin, now) >= kWindowTicks)
    state.in_window = false;
  return state;
}

LatchState readdressed(const LatchPolicy& before, const LatchPolicy& policy, LatchState state,
                       Tick now) {
  if (!before.expected.is_set()) return state;
  state.in_window = true;
  state.window_begin = now;
  // Never overridden by a real source: the new address is as good as the old one was.
  if (state.present.source == before.expected) state.present.source = policy.expected;
  return state;
}

}  // namespace mediaplane::first_packet
