// SPDX-License-Identifier: BSD-2-Clause
#include "dataplane/flow/latch.h"

#include "dataplane/flow/latch_rules.h"

namespace mediaplane {
namespace {

using Hold = LatchState::Hold;

constexpr std::uint8_t kWorstGoodRank = 1;

void note_last(LatchState& state, const LastAccepted& last) {
  if (last.any && state.hold != Hold::kNobody && ticks_between(state.present.last, last.tick) > 0) {
    state.present.last = last.tick;
  }
}

// Sources that may not teach here whatever the mode: another host than RTP's, or a sprayer that was
// not signalled.
bool is_barred(const LatchPolicy& policy, const Datagram& datagram) {
  if (policy.same_host_only && datagram.source.ip != policy.expected.ip) return true;
  const bool unknown =
      !policy.expected.is_set() || rank_of(policy, datagram.source) > kWorstGoodRank;
  return datagram.sprayer && unknown;
}

}  // namespace

bool is_fixed(const LatchPolicy& policy) {
  return policy.mode == abi::Learning::kSignalled ||
         (policy.mode == abi::Learning::kAddress && policy.expected.is_set());
}

std::uint8_t rank_of(const LatchPolicy& policy, const Endpoint& source) {
  if (!policy.expected.is_set()) return 1;
  const bool same_host = policy.expected.ip == source.ip;
  const bool same_port = policy.expected.udp_port == source.udp_port;
  if (same_host) return same_port ? 0 : 1;
  return same_port ? 2 : 3;
}

LatchState after_datagram(const LatchPolicy& policy, LatchState state, const Datagram& datagram,
                          const LastAccepted& last) {
  const bool is_present = state.hold != Hold::kNobody && datagram.source == state.present.source;
  if (is_fixed(policy) || (!is_present && is_barred(policy, datagram))) return state;
  note_last(state, last);
  switch (policy.mode) {
    case abi::Learning::kAdaptive:
      return adaptive::heard(policy, state, datagram, last);
    case abi::Learning::kFirstPacket:
      return first_packet::heard(state, datagram, last);
    case abi::Learning::kAddress:  // Nothing is signalled: the first source is fixed.
      if (state.hold != Hold::kNobody || !datagram.relayed) return state;
      return taken_by({datagram.source, {}, datagram.tick}, Hold::kLocked);
    case abi::Learning::kSignalled:
      break;
  }
  return state;
}

LatchState after_time(const LatchPolicy& policy, LatchState state, Tick now,
                      const LastAccepted& last) {
  note_last(state, last);
  return policy.mode == abi::Learning::kFirstPacket ? first_packet::passed(state, now)
                                                    : adaptive::passed(state, now, last);
}

LatchState after_policy(const LatchPolicy& before, const LatchPolicy& policy, LatchState state,
                        Tick now) {
  if (before == policy || state.hold == Hold::kNobody) return state;
  if (before.mode != policy.mode || is_fixed(policy)) return {};
  if (policy.same_host_only && state.present.source.ip != policy.expected.ip) return {};
  if (policy.mode == abi::Learning::kFirstPacket) {
    return first_packet::readdressed(before, policy, state, now);
  }
  // A candidate has no lock to lose, and media goes to the signalled address anyway.
  if (before.expected == policy.expected || !state.is_taken()) return state;
  return adaptive::readdressed(before, state, now);
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
