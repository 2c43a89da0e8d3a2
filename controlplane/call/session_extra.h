// SPDX-License-Identifier: BSD-2-Clause
// What a call record holds of a session beyond what the data plane has to know: whatever else the
// next control plane needs to go on. It lies behind call-id and from-tag, as items of which each
// says what it is and how long; a reader passes over those that it does not know.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "controlplane/call/session.h"

namespace mediaplane {

struct SideExtra {
  std::string codecs;
  bool is_in_one_file = false;  // Its recording, if it has one.
  std::optional<PromptOrder> prompt;
  PacketTotals past_packets;

  friend bool operator==(const SideExtra&, const SideExtra&) = default;
};

using SessionExtra = std::array<SideExtra, abi::kSidesPerSession>;  // Indexed by abi::Side.

SessionExtra extra_of(const CallSession& session);

// At most `room` bytes; what finds none is left out, prompts first.
std::string encoded(const SessionExtra& extra, std::size_t room);

// Whatever the bytes are; from the first item on that makes no sense nothing more is taken.
SessionExtra decoded_extra(std::string_view bytes);

// The bytes behind these identifiers in a message to the data plane.
inline std::string extra_behind(const SessionExtra& extra, std::string_view call_id,
                                std::string_view from_tag) {
  return encoded(extra, abi::kMaxIdentifiersLength - call_id.size() - from_tag.size());
}
inline std::string encoded_extra_of(const CallSession& session) {
  return extra_behind(extra_of(session), session.call_id, session.from_tag);
}

}  // namespace mediaplane
