// SPDX-License-Identifier: BSD-2-Clause
// One session as the control plane knows it: who it belongs to, the state that the data plane is to
// have, and what has been taken for it from the pools.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "controlplane/call/playback.h"
#include "controlplane/call/recording.h"
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
  friend bool operator==(const PacketTotals&, const PacketTotals&) = default;
};

// By the party that sends them, indexed by abi::Side.
using PacketsBySide = std::array<PacketTotals, abi::kSidesPerSession>;

// What the party of one side is played and recorded, and what it said of its codecs.
struct SideMedia {
  std::string codecs;                    // Last said by modifier C.
  std::unique_ptr<Playback> playback;    // Null: none.
  std::unique_ptr<PromptOrder> prompt;   // What `playback` plays.
  bool is_due = false;                   // Of `playback`: it has not begun, or not gone on yet.
  std::unique_ptr<Recording> recording;  // Null: none.
  bool is_in_one_file = false;           // Of `recording`.

  bool is_playing() const { return playback && !is_due && !playback->has_ended(); }
};
// The last command, or the last packet seen of a party, on the data plane's clock; by abi::Side.
using RefreshTimes = std::array<Tick, abi::kSidesPerSession>;

struct CallSession {
  std::string call_id;
  std::string from_tag;
  abi::Session state;
  Resources resources;
  RefreshTimes refreshed{};
  std::unique_ptr<PacketsBySide>
      past_packets{};  // Under data planes that went away; null: none did.
  // Indexed by abi::Side; null where there has been nothing to keep.
  std::array<std::unique_ptr<SideMedia>, abi::kSidesPerSession> media{};

  abi::SessionId id() const { return state.id; }
  const abi::SideState& side(abi::Side side) const { return state.sides[abi::index_of(side)]; }
  SideMedia& media_of(abi::Side side) {
    auto& place = media[abi::index_of(side)];
    if (!place) place = std::make_unique<SideMedia>();
    return *place;
  }
  void keep_codecs(abi::Side side, std::string codecs) {
    if (!codecs.empty() || media[abi::index_of(side)]) media_of(side).codecs = std::move(codecs);
  }
  std::string codecs_of(abi::Side side) const {
    const auto& place = media[abi::index_of(side)];
    return place ? place->codecs : std::string();
  }
  bool is_playing(abi::Side side) const {
    const auto& place = media[abi::index_of(side)];
    return place && place->is_playing();
  }
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
