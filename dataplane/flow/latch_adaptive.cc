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

bool is_silent(const Challenger& source, Tick now) {
  return ticks_between(source.last, now) >= kSilence;
}

LatchState back_to_former(const LatchState& state) {
  Challenger former;
  former.source = state.former;
  former.last = state.present.last;
  return taken_by(former, Hold::kLocked);
}

// The proof is whole. What is known of a rebinding stays: it may still have to be undone.
LatchState locked(LatchState state) {
  state.hold = Hold::kLocked;
  state.challengers = {};
  if (!state.rebound) state.former = {};
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
LatchState heard_challenger(LatchState state, const Datagram& datagram) {
  auto& slot = slot_of(state, datagram.source);
  if (slot.source != datagram.source) slot = {datagram.source, {}, datagram.tick};
  slot.proof = counted(slot.proof, datagram);
  slot.last = datagram.tick;
  const bool room = state.hold == Hold::kNobody || is_silent(state.present, datagram.tick);
  if (is_complete(slot.proof) && room) return taken_by(slot, Hold::kLocked);
  return state;
}

bool is_rebinding(const LatchState& state, const Datagram& datagram, const LastAccepted& last) {
  if (!state.is_taken() || !datagram.rtp || !last.rtp || datagram.ssrc != last.ssrc) return false;
  if (state.fell_back && ticks_between(state.since, datagram.tick) < kRebindingBan) return false;
  const auto distance = sequence_distance(last.sequence, datagram.sequence);
  return distance > 0 && distance <= kRebindingReach;
}

LatchState rebound(LatchState state, const Datagram& datagram) {
  state.former = state.present.source;
  state.rebound = true;
  state.fell_back = false;
  state.since = datagram.tick;
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
  state.since = datagram.tick;
  return state;
}

// A packet of a source that is not the present one, while somebody is present.
LatchState heard_other(const LatchPolicy& policy, const LatchState& state, const Datagram& datagram,
                       const LastAccepted& last) {
  if (state.rebound && datagram.source == state.former &&
      ticks_between(state.since, datagram.tick) <= kRebindingProbation) {
    return rebinding_undone(state, datagram);
  }
  if (is_rebinding(state, datagram, last)) return rebound(state, datagram);

  const auto rank = rank_of(policy, datagram.source);
  const auto present_rank = rank_of(policy, state.present.source);
  const bool good = rank <= kWorstGoodRank;
  if (state.hold == Hold::kLocked) {
    if (!good || present_rank <= kWorstGoodRank) return state;
    auto next = taken_by(newcomer(datagram), Hold::kTaken);
    next.former = state.present.source;
    return next;
  }
  if (good && rank < present_rank) {
    auto next = taken_by(newcomer(datagram), Hold::kTaken);
    if (!state.rebound) next.former = state.former;
    return next;
  }
  if (state.former.is_set() && datagram.source == state.former &&
      is_silent(state.present, datagram.tick)) {
    return back_to_former(state);
  }
  return heard_challenger(state, datagram);
}

LatchState heard_first(const LatchPolicy& policy, const LatchState& state,
                       const Datagram& datagram) {
  const auto rank = rank_of(policy, datagram.source);
  // Not relayed: another source holds the fingerprint, and its packet is still on its way to us.
  // Nothing can be better than rank 0; everybody else has to wait for that packet.
  if (!datagram.relayed && rank != 0) return heard_challenger(state, datagram);
  return taken_by(newcomer(datagram), rank <= kWorstGoodRank ? Hold::kTaken : Hold::kCandidate);
}

}  // namespace

LatchState heard(const LatchPolicy& policy, const LatchState& state, const Datagram& datagram,
                 const LastAccepted& last) {
  if (state.hold == Hold::kNobody) return heard_first(policy, state, datagram);
  if (datagram.source == state.present.source) return heard_present(policy, state, datagram);
  return heard_other(policy, state, datagram, last);
}

LatchState passed(const LatchState& state, Tick now) {
  if (state.in_window) {
    if (ticks_between(state.since, now) < kWindowTicks) return state;
    if (ticks_between(state.present.last, now) > kStillSpeaks) return {};
    return taken_by(state.present, Hold::kLocked);
  }
  const bool newcomer_silent = state.hold == Hold::kTaken && is_silent(state.present, now);
  return state.former.is_set() && !state.rebound && newcomer_silent ? back_to_former(state) : state;
}

LatchState readdressed(const LatchPolicy& before, const LatchState& state, Tick now) {
  const bool was_rank_0 = rank_of(before, state.present.source) == 0;
  const bool already = state.in_window && state.media_to_expected;
  auto next = taken_by(state.present, Hold::kTaken);
  next.present.proof = {};
  next.in_window = true;
  next.media_to_expected = was_rank_0 || already;
  next.since = now;
  return next;
}

}  // namespace mediaplane::adaptive
