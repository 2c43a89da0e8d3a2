// SPDX-License-Identifier: BSD-2-Clause
#include "dataplane/flow/latch.h"

#include <algorithm>

#include "dataplane/net/rtp.h"

namespace mediaplane {
namespace {

using Hold = LatchState::Hold;

constexpr std::uint8_t kProofPackets = 5;
constexpr std::int32_t kSilence = 10;             // 100 ms
constexpr std::int32_t kWindow = 1000;            // 10 s
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

LatchState taken_by(const Challenger& source, Hold hold) {
  LatchState state;
  state.hold = hold;
  state.present = source;
  return state;
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

std::uint8_t rank_of(const LatchPolicy& policy, const Endpoint& source) {
  if (!policy.expected.is_set()) return 1;
  const bool same_host = policy.expected.ip == source.ip;
  const bool same_port = policy.expected.udp_port == source.udp_port;
  if (same_host) return same_port ? 0 : 1;
  return same_port ? 2 : 3;
}

LatchState after_datagram(const LatchPolicy& policy, LatchState state, const Datagram& datagram,
                          const LastAccepted& last) {
  if (state.hold != Hold::kNobody) {
    state.present.last = last.any && ticks_between(state.present.last, last.tick) > 0
                             ? last.tick
                             : state.present.last;
    if (datagram.source == state.present.source) return heard_present(policy, state, datagram);
  }
  if (policy.same_host_only && datagram.source.ip != policy.expected.ip) return state;
  const bool unknown =
      !policy.expected.is_set() || rank_of(policy, datagram.source) > kWorstGoodRank;
  if (datagram.sprayer && unknown) return state;
  return state.hold == Hold::kNobody ? heard_first(policy, state, datagram)
                                     : heard_other(policy, state, datagram, last);
}

LatchState after_time(LatchState state, Tick now, const LastAccepted& last) {
  if (last.any && state.is_taken() && ticks_between(state.present.last, last.tick) > 0) {
    state.present.last = last.tick;
  }
  if (state.in_window) {
    if (ticks_between(state.since, now) < kWindow) return state;
    if (ticks_between(state.present.last, now) > kStillSpeaks) return {};
    return taken_by(state.present, Hold::kLocked);
  }
  if (state.former.is_set() && !state.rebound && state.hold == Hold::kTaken &&
      is_silent(state.present, now)) {
    return back_to_former(state);
  }
  return state;
}

LatchState after_policy(const LatchPolicy& before, const LatchPolicy& policy, LatchState state,
                        Tick now) {
  if (before == policy || state.hold == Hold::kNobody) return state;
  if (before.mode != policy.mode) return {};
  if (policy.same_host_only && state.present.source.ip != policy.expected.ip) return {};
  // A candidate has no lock to lose, and media goes to the signalled address anyway.
  if (before.expected == policy.expected || !state.is_taken()) return state;
  const bool was_rank_0 = rank_of(before, state.present.source) == 0;
  const bool already = state.in_window && state.media_to_expected;
  auto next = taken_by(state.present, Hold::kTaken);
  next.present.proof = {};
  next.in_window = true;
  next.media_to_expected = was_rank_0 || already;
  next.since = now;
  return next;
}

LatchView view_of(const LatchPolicy& policy, const LatchState& state) {
  LatchView view;
  if (state.is_taken()) view.source = state.present.source;
  if (state.hold == Hold::kCandidate) view.candidate = state.present.source;
  view.proved = state.hold == Hold::kLocked;
  const bool to_source = state.is_taken() && !(state.in_window && state.media_to_expected);
  view.destination = to_source ? state.present.source : policy.expected;
  if (view.destination.udp_port == 0) view.destination = {};
  return view;
}

LatchPolicy rtcp_policy(const LatchPolicy& rtp_policy, const LatchState& rtp) {
  auto policy = rtp_policy;
  const auto& source = rtp.present.source;
  if (rtp.is_taken()) {
    policy.same_host_only = true;
    if (policy.expected.ip != source.ip) policy.expected = source;
  }
  if (policy.expected.udp_port != 0) ++policy.expected.udp_port;
  return policy;
}

}  // namespace mediaplane
