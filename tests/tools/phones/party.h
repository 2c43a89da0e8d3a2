// SPDX-License-Identifier: BSD-2-Clause
// The words of the phones tool. A call has two parties; each sends a flow of RTP and one of RTCP to
// the other, so a flow is named by who sends it and by its component.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace mediaplane::phones {

enum class Party : std::uint8_t { kCaller = 0, kCallee = 1 };
enum class Component : std::uint8_t { kRtp = 0, kRtcp = 1 };

inline constexpr std::array kParties{Party::kCaller, Party::kCallee};
inline constexpr std::array kComponents{Component::kRtp, Component::kRtcp};

constexpr Party other(Party party) {
  return party == Party::kCaller ? Party::kCallee : Party::kCaller;
}
constexpr std::size_t index_of(Party party) { return static_cast<std::size_t>(party); }
constexpr std::size_t index_of(Component component) { return static_cast<std::size_t>(component); }

constexpr std::string_view name_of(Party party) {
  return party == Party::kCaller ? "caller" : "callee";
}
constexpr std::string_view name_of(Component component) {
  return component == Component::kRtp ? "RTP" : "RTCP";
}

using Clock = std::chrono::steady_clock;
using Time = Clock::time_point;

// G.711: 160 samples of 8 kHz in a packet.
inline constexpr std::chrono::milliseconds kPacketInterval{20};
inline constexpr std::size_t kPayloadBytes = 160;
inline constexpr std::uint32_t kTimestampStep = 160;
inline constexpr std::uint32_t kPacketsPerSecond = 50;

}  // namespace mediaplane::phones
