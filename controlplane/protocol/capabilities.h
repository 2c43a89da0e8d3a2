// SPDX-License-Identifier: BSD-2-Clause
// The features that `VF` may be asked for, each known by a date.
#pragma once

#include <algorithm>
#include <array>
#include <string_view>

namespace mediaplane {

inline constexpr std::string_view kProtocolVersion = "20040107";

// Only what is built: a client that hears 1 uses the feature.
inline constexpr std::array<std::string_view, 5> kCapabilities = {
    kProtocolVersion,
    "20050322",  // Several streams per call (`;N` behind a tag).
    "20080403",  // Command Q.
    "20081102",  // Modifier C, and `session` as the codecs of P.
    "20200226",  // Command N.
};

constexpr bool has_capability(std::string_view date) {
  return std::find(kCapabilities.begin(), kCapabilities.end(), date) != kCapabilities.end();
}

}  // namespace mediaplane
