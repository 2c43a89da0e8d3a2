// SPDX-License-Identifier: BSD-2-Clause
// Learning: who may send to a flow, and where the media for that party goes. A pure function of
// (policy, state, datagram or time) that the housekeeper alone runs, from what workers tell it.
//
// *Adaptive* learning ranks a source by how much of the signalled address it has: 0 = host and UDP
// port, 1 = the host, 2 = the port, 3 = neither; with nothing signalled every source has rank 1.
// Rank 0 or 1 takes an empty side at once; rank 2 or 3 becomes a candidate, whose packets are
// relayed, and gets the media when it is *proved*: 5 RTP packets of one SSRC with rising sequence
// numbers, or 5 other datagrams. Proved = locked. While the present source is not proved, a better
// rank (0 or 1) takes over at once; any other needs its own proof and 100 ms of silence. A locked
// source of rank 2 or 3 yields to rank 0 or 1 and is back if that one falls silent unproved. The
// same SSRC going on from another address is a NAT that has rebound: the side follows at once, and
// goes back, for 5 s, if the old source speaks again within 500 ms. A new signalled address takes
// the lock off for at most 10 s.
//
// The other modes: *first-packet* does as rtpproxy does (latch_first_packet.cc); *address* takes
// packets of the signalled host alone, and where nothing is signalled the first source; *signalled*
// of the signalled host and port alone.
//
// An attacker who sends a few packets thus gets no media and soon no hearing; what remains is
// written in the README.
#pragma once

#include <array>
#include <cstdint>

#include "dataplane/abi/session.h"
#include "dataplane/net/address.h"
#include "dataplane/net/tick.h"

namespace mediaplane {

// What commands, and for RTCP the RTP flow beside it, say about whom to expect.
struct LatchPolicy {
  abi::Learning mode = abi::Learning::kAdaptive;
  bool same_host_only = false;  // RTCP once RTP has taken a host: others are refused.
  Endpoint expected;            // Unset: nothing was signalled.
  std::uint32_t offers = 0;     // Counts the commands that carried an address.

  friend bool operator==(const LatchPolicy&, const LatchPolicy&) = default;
};

// A datagram as a worker tells of it.
struct Datagram {
  Endpoint source;
  Tick tick = 0;
  std::uint32_t ssrc = 0;
  std::uint16_t sequence = 0;
  bool rtp = false;      // Well-formed RTP; otherwise SSRC and sequence number mean nothing.
  bool relayed = false;  // It was the taken source's, or set or matched the fingerprint.
  bool sprayer = false;  // Its host sprays our ports: it may not teach as rank 2 or 3.
};

// The last packet of the accepted source, from the flow's statistics.
struct LastAccepted {
  Tick tick = 0;
  std::uint32_t ssrc = 0;
  std::uint16_t sequence = 0;
  bool any = false;
  bool rtp = false;
};

struct Proof {
  std::uint32_t ssrc = 0;
  std::uint16_t sequence = 0;
  std::uint8_t rtp_packets = 0;
  std::uint8_t datagrams = 0;  // Not RTP.

  friend bool operator==(const Proof&, const Proof&) = default;
};

struct Challenger {
  Endpoint source;
  Proof proof;
  Tick last = 0;

  friend bool operator==(const Challenger&, const Challenger&) = default;
};

struct LatchState {
  enum class Hold : std::uint8_t {
    kNobody,     // No present source.
    kCandidate,  // Present and relayed, but media does not go to it.
    kTaken,      // Present, and the side's only source; not proved.
    kLocked,     // Taken and proved.
  };

  Hold hold = Hold::kNobody;
  bool in_window = false;          // A new address was signalled while the source was taken.
  bool media_to_expected = false;  // In the window: media goes to the new address already.
  bool rebound = false;            // `former` is where the source was before its NAT rebound.
  bool fell_back = false;          // A rebinding was undone: none for 5 s.
  Challenger present;
  Endpoint former;  // Locked source that yielded, or the address before a rebinding; unset = none.
  Tick moved = 0;   // When the NAT rebound, or that was undone.
  Tick window_begin = 0;
  // The RTP stream of the source that the present one has displaced: until the present one's own is
  // heard, the flow's statistics still show it, and it must not pass for the present one's.
  std::uint32_t displaced_ssrc = 0;
  bool has_displaced = false;
  std::array<Challenger, 2> challengers;

  bool is_taken() const { return hold == Hold::kTaken || hold == Hold::kLocked; }
  // True while time alone can change the state, so that step() has to be called as it passes.
  bool is_waiting() const { return in_window || (former.is_set() && !rebound); }
  friend bool operator==(const LatchState&, const LatchState&) = default;
};

// True if nobody is learned: what was signalled alone may send (mode signalled; mode address with
// an address signalled).
bool is_fixed(const LatchPolicy& policy);

// 0 is best; see above.
std::uint8_t rank_of(const LatchPolicy& policy, const Endpoint& source);

// Each returns the next state.
LatchState after_datagram(const LatchPolicy& policy, LatchState state, const Datagram& datagram,
                          const LastAccepted& last);
LatchState after_time(const LatchPolicy& policy, LatchState state, Tick now,
                      const LastAccepted& last);
// The command brought a new policy; `before` is the one until now.
LatchState after_policy(const LatchPolicy& before, const LatchPolicy& policy, LatchState state,
                        Tick now);

// What follows from a state, for the entries of both directions.
struct LatchView {
  Endpoint source;       // The taken source; unset = open.
  Endpoint candidate;    // Whose fingerprint stands; unset = nobody's.
  Endpoint destination;  // Where media for this party goes; unset = not known.
  bool proved = false;

  friend bool operator==(const LatchView&, const LatchView&) = default;
};
LatchView view_of(const LatchPolicy& policy, const LatchState& state);

// RTCP is expected at the host that RTP has taken: at the signalled port + 1 if that is the
// signalled host, at the source port + 1 otherwise. Nobody taken: the signalled endpoint, port + 1.
LatchPolicy rtcp_policy(const LatchPolicy& rtp_policy, const LatchState& rtp);

}  // namespace mediaplane
