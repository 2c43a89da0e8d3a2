// SPDX-License-Identifier: BSD-2-Clause
// How sessions and flows are named between the two processes.
//
// The control plane chooses a session's index (0 .. capacity-1) and gives every use of an index a
// new generation, so that a stale id is a miss and never another call. A session has two sides,
// each side two components, so four flows; a flow's number follows from the session's index.
#pragma once

#include <cstdint>

namespace mediaplane::abi {

struct SessionId {
  std::uint32_t index = 0;
  std::uint32_t generation = 0;  // 0 = no session.

  friend bool operator==(SessionId, SessionId) = default;
};

// The caller's side has the local endpoint that the *caller* sends to (PROTOCOL: P2), the callee's
// side the one that the callee sends to (P1).
enum class Side : std::uint8_t { kCallee = 0, kCaller = 1 };
enum class Component : std::uint8_t { kRtp = 0, kRtcp = 1 };

inline constexpr std::uint32_t kSidesPerSession = 2;
inline constexpr std::uint32_t kComponentsPerSide = 2;
inline constexpr std::uint32_t kFlowsPerSession = kSidesPerSession * kComponentsPerSide;

constexpr Side other(Side side) { return side == Side::kCallee ? Side::kCaller : Side::kCallee; }
constexpr std::uint32_t index_of(Side side) { return static_cast<std::uint32_t>(side); }
constexpr std::uint32_t index_of(Component c) { return static_cast<std::uint32_t>(c); }

// The flow of packets that arrive at one component of one side's local endpoint.
using FlowIndex = std::uint32_t;

constexpr FlowIndex flow_index(std::uint32_t session, Side side, Component component) {
  return session * kFlowsPerSession + index_of(side) * kComponentsPerSide + index_of(component);
}
constexpr std::uint32_t session_of(FlowIndex flow) { return flow / kFlowsPerSession; }
constexpr Side side_of(FlowIndex flow) { return static_cast<Side>(flow / kComponentsPerSide % 2); }
constexpr Component component_of(FlowIndex flow) { return static_cast<Component>(flow % 2); }

}  // namespace mediaplane::abi
