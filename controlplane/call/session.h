// SPDX-License-Identifier: BSD-2-Clause
// One session as the control plane knows it: who it belongs to, the state that the data plane is to
// have, and what has been taken for it from the pools.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "controlplane/call/session_ids.h"
#include "controlplane/call/udp_port_pool.h"
#include "dataplane/abi/session.h"
#include "dataplane/net/tick.h"

namespace mediaplane {

// Why a session lives, kept in abi::Session::control_flags: it ends when the last of these goes.
// A U without modifier W claims it strongly, one with W weakly for one side.
inline constexpr std::uint32_t kStrong = 1;
constexpr std::uint32_t weak(abi::Side side) { return 2U << abi::index_of(side); }

// What goes back to the pools when nothing of a session is left in the data plane.
struct Resources {
  SessionIdLease id;
  std::array<UdpPortLease, abi::kSidesPerSession> udp_ports;  // Indexed by abi::Side.
};

// RTP and RTCP: taken from their senders, and sent on.
struct PacketTotals {
  std::uint64_t received = 0;
  std::uint64_t relayed = 0;

  PacketTotals& operator+=(const PacketTotals& more) {
    received += more.received;
    relayed += more.relayed;
    return *this;
  }
};

// By the party that sends them, indexed by abi::Side.
using PacketsBySide = std::array<PacketTotals, abi::kSidesPerSession>;

// The last command, or the last packet seen of a party, on the data plane's clock; by abi::Side.
using RefreshTimes = std::array<Tick, abi::kSidesPerSession>;

struct CallSession {
  std::string call_id;
  std::string from_tag;
  abi::Session state;
  Resources resources;
  RefreshTimes refreshed{};
  PacketsBySide past_packets{};  // Under data planes that went away.

  abi::SessionId id() const { return state.id; }
  const abi::SideState& side(abi::Side side) const { return state.sides[abi::index_of(side)]; }
};

inline abi::SideState& side_of(abi::Session& state, abi::Side side) {
  return state.sides[abi::index_of(side)];
}
inline const abi::SideState& side_of(const abi::Session& state, abi::Side side) {
  return state.sides[abi::index_of(side)];
}

// Both sides have UDP ports: media flows.
inline bool is_complete(const abi::Session& state) {
  return state.sides[0].udp_port != 0 && state.sides[1].udp_port != 0;
}

}  // namespace mediaplane
