// SPDX-License-Identifier: BSD-2-Clause
// Which session of a call a command means, and for whom it speaks.
//
// A session keeps one tag, that of the party whose offer created it (the caller). A command names
// its speaker first; so it speaks for the caller when its first tag is the kept one, and for the
// callee when its second one is. To-tags are never stored: any forked answer finds the session.
//
// A tag may end in `;N`, the number of a media stream, each of which is a session of its own.
// Commands that update or ask mean one stream; those that end something and name no number mean
// all of them.
#pragma once

#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "controlplane/call/session.h"
#include "controlplane/protocol/command.h"

namespace mediaplane {

enum class Speaker : std::uint8_t { kCaller, kCallee };

constexpr abi::Side side_of(Speaker speaker) {
  return speaker == Speaker::kCaller ? abi::Side::kCaller : abi::Side::kCallee;
}

struct Match {
  const CallSession* session = nullptr;
  Speaker speaker{};
  bool is_exact = true;  // The tag is the given one, without a number behind it.
};

// The one session that an update or a question means. The sessions are those of one call, in the
// order of their creation; the first that fits either tag is taken.
std::optional<Match> find_one(std::span<const CallSession* const> sessions, const Parties& parties);

// The sessions that a deletion or a recording means: those whose tag is the given one, or the given
// one with a number.
std::vector<Match> find_family(std::span<const CallSession* const> sessions,
                               const Parties& parties);

}  // namespace mediaplane
