// SPDX-License-Identifier: BSD-2-Clause
// The features that `VF` may be asked for, each known by a date.
#pragma once

#include <algorithm>
#include <array>
#include <string_view>

namespace mediaplane {

inline constexpr std::string_view kProtocolVersion = "20040107";

struct Capability {
  std::string_view date;
  std::string_view text;  // For people.
};

// Only what is built: a client that hears 1 uses the feature.
inline constexpr std::array kCapabilities = {
    Capability{kProtocolVersion, "the protocol itself"},
    Capability{"20050322", "several streams of a call, prompts and music on hold"},
    Capability{"20080403", "statistics of a session (Q)"},
    Capability{"20081102", "codecs of a party (modifier C), prompts in these"},
    Capability{"20140323", "load among the answers to I"},
    Capability{"20200226", "end of a recording (N)"},
};

constexpr bool has_capability(std::string_view date) {
  return std::ranges::find(kCapabilities, date, &Capability::date) != kCapabilities.end();
}

}  // namespace mediaplane
