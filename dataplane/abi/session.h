// SPDX-License-Identifier: BSD-2-Clause
// The state of one session as the control plane wishes it. A command carries all of it, never a
// difference: applying a command twice changes nothing, and after a restart of the data plane the
// control plane says the same sentences again.
//
// The same bytes, with call-id, from-tag and the extra behind them, are the *call record* that the
// data plane keeps in the region for a control plane that comes back from a restart.
#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "dataplane/abi/ids.h"
#include "dataplane/net/address.h"

namespace mediaplane::abi {

// From whom a side's remote endpoint is learned.
enum class Learning : std::uint8_t {
  kAdaptive = 0,
  kFirstPacket = 1,
  kAddress = 2,
  kSignalled = 3
};
inline constexpr std::uint8_t kLearningModes = 4;

// What else is done with the packets of a side, as bits of SideState::flags.
inline constexpr std::uint16_t kCopyRtp = 1;    // What its party sends goes to the recorder, too.
inline constexpr std::uint16_t kCopyRtcp = 2;   // The same for RTCP.
inline constexpr std::uint16_t kPlaying = 4;    // Its party hears a prompt instead of its peer.
inline constexpr std::uint16_t kSendTwice = 8;  // Its party gets small packets twice.
inline constexpr std::uint16_t kSideFlags = 15;

// A payload below this many bytes is small.
inline constexpr std::uint16_t kSmallPayload = 128;

struct SideState {
  // Where the party said it is; unset until a command carried an address. A UDP port of 0 with a
  // host counts for ranks, but nothing is sent to it.
  Endpoint signalled;
  std::uint16_t local_address = 0;  // Index into the data plane's local addresses.
  std::uint16_t udp_port = 0;       // Even, RTCP is one above; 0 = none yet.
  Learning learning = Learning::kAdaptive;
  std::uint8_t tos = 0;
  std::uint16_t flags = 0;
  std::uint32_t offers = 0;  // Counts the commands that carried an address for this side.
  // Last learned remote endpoints, for a replay after a restart of the data plane; unset = learn.
  Endpoint learned_rtp;
  Endpoint learned_rtcp;

  friend bool operator==(const SideState&, const SideState&) = default;
};
static_assert(sizeof(SideState) == 72);

struct Session {
  SessionId id;
  SideState sides[kSidesPerSession];  // Indexed by Side.
  // From here on for the control plane alone: the data plane keeps these, and looks at nothing but
  // the lengths.
  std::uint32_t control_flags = 0;
  std::uint16_t call_id_length = 0;
  std::uint16_t from_tag_length = 0;
  std::uint32_t extra_length = 0;  // Bytes behind the from-tag (codec lists, prompts, ...).
  std::uint32_t created = 0;       // Counts sessions: tells in which order they were created.

  std::size_t identifiers_length() const {
    return std::size_t{call_id_length} + from_tag_length + extra_length;
  }
};
static_assert(sizeof(Session) == 168 && std::is_trivially_copyable_v<Session>);

// A command of the control protocol has at most 8191 bytes, so call-id and from-tag fit in this,
// and something extra.
inline constexpr std::size_t kMaxIdentifiersLength = 9 * 1024;

}  // namespace mediaplane::abi
