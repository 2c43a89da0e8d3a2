// SPDX-License-Identifier: BSD-2-Clause
// Learning as a dialogue: a flow with a clock, driven as workers and the housekeeper would.
#pragma once

#include <cstdint>

#include "dataplane/flow/latch.h"

namespace mediaplane::test {

inline Endpoint at(const char* ip, std::uint16_t udp_port) { return {*parse_ip(ip), udp_port}; }

inline const Endpoint kSignalled = at("192.0.2.10", 4000);
inline const Endpoint kSamePort = at("203.0.113.5", 4000);
inline const Endpoint kOtherPort = at("192.0.2.10", 4444);
inline const Endpoint kThirdPort = at("192.0.2.10", 5555);
inline const Endpoint kStranger = at("203.0.113.66", 6666);
inline const Endpoint kSecondStranger = at("203.0.113.77", 7777);
inline const Endpoint kUnset;

class FlowScript {
 public:
  explicit FlowScript(const Endpoint& signalled = kSignalled,
                      abi::Learning mode = abi::Learning::kAdaptive) {
    policy.mode = mode;
    policy.expected = signalled;
  }

  // A datagram of `source` arrives `ticks` after the last event. A worker relays what is taken, or
  // has the fingerprint.
  void rtp(const Endpoint& source, std::uint32_t ssrc, std::uint16_t sequence, Tick ticks = 2) {
    now += ticks;
    deliver({source, now, ssrc, sequence, true, would_relay(source), false});
  }
  void other(const Endpoint& source, Tick ticks = 2) {
    now += ticks;
    deliver({source, now, 0, 0, false, would_relay(source), false});
  }
  // `count` RTP packets in order.
  void stream(const Endpoint& source, std::uint32_t ssrc, int count) {
    auto& sequence = sequences_[ssrc % 8];
    for (int i = 0; i < count; ++i) rtp(source, ssrc, ++sequence);
  }
  void pass(Tick ticks) {
    now += ticks;
    state = after_time(policy, state, now, last);
  }
  // A command carries an address.
  void signal(const Endpoint& endpoint) {
    auto next = policy;
    next.expected = endpoint;
    ++next.offers;
    state = after_policy(policy, next, state, now);
    policy = next;
  }
  LatchView view() const { return view_of(policy, state); }

  LatchPolicy policy;
  LatchState state;
  LastAccepted last;
  Tick now = 1000;

 private:
  bool would_relay(const Endpoint& source) const {
    const auto seen = view();
    if (seen.source.is_set()) return seen.source == source;
    return !seen.candidate.is_set() || seen.candidate == source;
  }
  void deliver(const Datagram& datagram) {
    state = after_datagram(policy, state, datagram, last);
    if (!datagram.relayed) return;
    last.any = true;
    last.tick = datagram.tick;
    if (!datagram.rtp) return;
    last.rtp = true;
    last.ssrc = datagram.ssrc;
    last.sequence = datagram.sequence;
  }

  std::uint16_t sequences_[8] = {};
};

}  // namespace mediaplane::test
