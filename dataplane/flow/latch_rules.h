// SPDX-License-Identifier: BSD-2-Clause
// The rules of the two modes that learn, behind latch.h. Each returns the next state.
#pragma once

#include "dataplane/flow/latch.h"

namespace mediaplane {

// The side is `source`'s, and nothing else is known any more.
inline LatchState taken_by(const Challenger& source, LatchState::Hold hold) {
  LatchState state;
  state.hold = hold;
  state.present = source;
  return state;
}

inline constexpr std::int32_t kWindowTicks = 10 * kTicksPerSecond;

namespace adaptive {

LatchState heard(const LatchPolicy& policy, const LatchState& state, const Datagram& datagram,
                 const LastAccepted& last);
LatchState passed(const LatchState& state, Tick now, const LastAccepted& last);
// The expected address of a taken source's side has changed.
LatchState readdressed(const LatchPolicy& before, const LatchState& state, Tick now);

}  // namespace adaptive

namespace first_packet {

LatchState heard(const LatchState& state, const Datagram& datagram, const LastAccepted& last);
LatchState passed(LatchState state, Tick now);
// A command carried an address, new or not.
LatchState readdressed(const LatchPolicy& before, const LatchPolicy& policy, LatchState state,
                       Tick now);

}  // namespace first_packet

}  // namespace mediaplane
