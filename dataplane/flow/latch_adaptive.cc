// SPDX-License-Identifier: BSD-2-Clause
#include <algorithm>

#include "dataplane/flow/latch_rules.h"
#include "dataplane/net/rtp.h"

namespace mediaplane::adaptive {
namespace {

using Hold = LatchState::Hold;

constexpr std::uint8_t kProofPackets = 5;
constexpr std::int32_t kSilence = 10;             // 100 ms
constexpr std::int32_t kStillSpeaks = 100;        // Heard within the last second.
constexpr std::int32_t kRebindingProbation = 50;  // 500 ms
constexpr std::int32_t kRebindingBan = 500;       // 5 s
constexpr std::int16_t kRebindingReach = 512;     // Sequence numbers.
constexpr std::uint8_t kWorstGoodRank = 1;

Proof counted(Proof proof, const Datagram& datagram) {
  if (!datagram.rtp) {
    if (proof.datagrams < kProofPackets) ++proof.datagrams;
    return proof;
  }
  if (proof.rtp_packets == 0 || proof.ssrc != datagram.ssrc) {
    return {datagram.ssrc, datagram.sequence, 1, proof.datagrams};
  }
  if (sequence_distance(proof.sequence, datagram.sequence) > 0) {
    proof.sequence = datagram.sequence;
    if (proof.rtp_packets < kProofPackets) ++proof.rtp_packets;
  }
  return proof;
}

bool is_complete(const Proof& proof) {
  return proof.rtp_packets >= kProofPackets || proof.datagrams >= kProofPackets;
}

Challenger newcomer(const Datagram& datagram) {
  return {datagram.source, counted({}, datagram), datagram.tick};
}

// Somebody else's side from now on, or that of the same party at another address.
LatchState displaced_by(const Challenger& source, Hold hold, const LastAccepted& last) {
  auto next = taken_by(source, hold);
  const bool same_stream = source.proof.rtp_packets > 0 && source.proof.ssrc == last.ssrc;
  next.has_displaced = last.rtp && !same_stream;
  next.displaced_ssrc = last.ssrc;
  return next;
}

bool is_silent(const Challenger& source, Tick now) {
  return ticks_between(source.last, now) >= kSilence;
}

LatchState back_to_former(const LatchState& state, const LastAccepted& last) {
  Challenger former;
  former.source = state.former;
  former.last = state.present.last;
  auto next = displaced_by(former, Hold::kLocked, last);
  // Unless the statistics have never shown another stream than the former one's.
  if (state.has_displaced && last.ssrc == state.displaced_ssrc) next.has_displaced = false;
  return next;
}

// The proof is whole. What is known of a rebinding stays: it may still have to be undone.
LatchState locked(LatchState state) {
  state.hold = Hold::kLocked;
  state.challengers = {};
  if (!state.rebound) state.former = {};
  return state;
}

LatchState out_of_window(LatchState state) {
  state.in_window = state.media_to_expected = false;
  return state;
}

// A packet of the present source: it counts for its proof, and a whole proof locks.
LatchState heard_present(const LatchPolicy& policy, LatchState state, const Datagram& datagram) {
  state.present.proof = counted(state.present.proof, datagram);
  state.present.last = datagram.tick;
  if (state.in_window || state.hold == Hold::kLocked) return state;
  if (is_complete(state.present.proof)) return locked(state);
  if (rank_of(policy, datagram.source) <= kWorstGoodRank) state.hold = Hold::kTaken;
  return state;
}

// The challenger's slot for this source: its own, or the least proved and then the oldest.
Challenger& slot_of(LatchState& state, const Endpoint& source) {
  auto& slots = state.challengers;
  for (auto& slot : slots) {
    if (slot.source == source) return slot;
  }
  const auto worth = [](const Challenger& slot) {
    return slot.source.is_set() ? 1 + std::max(slot.proof.rtp_packets, slot.proof.datagrams) : 0;
  };
  return *std::min_element(slots.begin(), slots.end(), [&](const auto& a, const auto& b) {
    return worth(a) != worth(b) ? worth(a) < worth(b) : ticks_between(a.last, b.last) > 0;
  });
}

// A packet of somebody who does not take over at once: own proof and silence of the present one.
LatchState heard_challenger(LatchState state, const Datagram& datagram, const LastAccepted& last) {
  auto& slot = slot_of(state, datagram.source);
  if (slot.source != datagram.source) slot = {datagram.source, {}, datagram.tick};
  slot.proof = counted(slot.proof, datagram);
  slot.last = datagram.tick;
  const bool room = state.hold == Hold::kNobody || is_silent(state.present, datagram.tick);
  if (is_complete(slot.proof) && room) return displaced_by(slot, Hold::kLocked, last);
  return state;
}

bool is_rebinding(const LatchState& state, const Datagram& datagram, const LastAccepted& last) {
  if (!state.is_taken() || !datagram.rtp || !last.rtp || datagram.ssrc != last.ssrc) return false;
  if (state.has_displaced && last.ssrc == state.displaced_ssrc) return false;
  if (state.fell_back && ticks_between(state.moved, datagram.tick) < kRebindingBan) return false;
  const auto distance = sequence_distance(last.sequence, datagram.sequence);
  return distance > 0 && distance <= kRebindingReach;
}

LatchState rebound(LatchState state, const Datagram& datagram) {
  state.former = state.present.source;
  state.rebound = true;
  state.fell_back = false;
  state.moved = datagram.tick;
  state.present.source = datagram.source;
  state.present.proof = counted(state.present.proof, datagram);
  state.present.last = datagram.tick;
  return state;
}

LatchState rebinding_undone(LatchState state, const Datagram& datagram) {
  state.present.source = state.former;
  state.present.last = datagram.tick;
  state.former = {};
  state.rebound = false;
  state.fell_back = true;
  state.moved = datagram.tick;
  return state;
}

// A packet of a source that is not the present one, while somebody is present.
LatchState heard_other(const LatchPolicy& policy, const LatchState& state, const Datagram& datagram,
                       const LastAccepted& last) {
  if (state.rebound && datagram.source == state.former) {
    const auto since = ticks_between(state.moved, datagram.tick);
    // Told by another worker, and older than the move.
    if (since < 0) return state;
    if (since <= kRebindingProbation) return rebinding_undone(state, datagram);
  }
  if (is_rebinding(state, datagram, last)) return rebound(state, datagram);

  const auto rank = rank_of(policy, datagram.source);
  const auto present_rank = rank_of(policy, state.present.source);
  const bool good = rank <= kWorstGoodRank;
  if (state.hold == Hold::kLocked) {
    if (!good || present_rank <= kWorstGoodRank) return state;
    auto next = displaced_by(newcomer(datagram), Hold::kTaken, last);
    next.former = state.present.source;
    return next;
  }
  if (good && rank < present_rank) {
    auto next = displaced_by(newcomer(datagram), Hold::kTaken, last);
    if (!state.rebound) next.former = state.former;
    return next;
  }
  if (!state.rebound && state.former.is_set() && datagram.source == state.former &&
      is_silent(state.present, datagram.tick)) {
    return back_to_former(state, last);
  }
  return heard_challenger(state, datagram, last);
}

LatchState heard_first(const LatchPolicy& policy, const LatchState& state, const Datagram& datagram,
                       const LastAccepted& last) {
  const auto rank = rank_of(policy, datagram.source);
  // Not relayed: another source holds the fingerprint, and its packet is still on its way to us.
  // Nothing can be better than rank 0; everybody else has to wait for that packet.
  if (!datagram.relayed && rank != 0) return heard_challenger(state, datagram, last);
  const auto hold = rank <= kWorstGoodRank ? Hold::kTaken : Hold::kCandidate;
  return datagram.relayed ? taken_by(newcomer(datagram), hold)
                          : displaced_by(newcomer(datagram), hold, last);
}

}  // namespace

LatchState heard(const LatchPolicy& policy, const LatchState& state, const Datagram& datagram,
                 const LastAccepted& last) {
  if (state.hold == Hold::kNobody) return heard_first(policy, state, datagram, last);
  if (datagram.source == state.present.source) return heard_present(policy, state, datagram);
  return heard_other(policy, state, datagram, last);
}

LatchState passed(const LatchState& state, Tick now, const LastAccepted& last) {
  if (state.in_window) {
    if (ticks_between(state.window_begin, now) < kWindowTicks) return state;
    if (ticks_between(state.present.last, now) > kStillSpeaks) return {};
    return locked(out_of_window(state));
  }
  const bool newcomer_silent = state.hold == Hold::kTaken && is_silent(state.present, now);
  return state.former.is_set() && !state.rebound && newcomer_silent ? back_to_former(state, last)
                                                                    : state;
}

LatchState readdressed(const LatchPolicy& before, const LatchState& state, Tick now) {
  const bool was_rank_0 = rank_of(before, state.present.source) == 0;
  const bool already = state.in_window && state.media_to_expected;
  auto next = state;
  next.hold = Hold::kTaken;
  next.present.proof = {};
  next.challengers = {};
  if (!next.rebound) next.former = {};
  next.in_window = true;
  next.media_to_expected = was_rank_0 || already;
  next.window_begin = now;
  return next;
}

}  // namespace mediaplane::adaptive
