// SPDX-License-Identifier: BSD-2-Clause
// The way from an IPv6 header to what it carries: extension headers (RFC 8200 section 4) are
// skipped, within bounds. A chain may have 4 of them and 256 bytes; real packets have one or none,
// and a longer chain serves nobody but those who want to keep us busy.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "dataplane/net/headers.h"

namespace mediaplane {

inline constexpr int kMaxExtensionHeaders = 4;
inline constexpr std::size_t kMaxExtensionBytes = 256;

struct UpperLayer {
  enum class Kind : std::uint8_t {
    kFound,  // Whatever protocol it is.
    // A fragment header: `offset` is where it begins, `protocol` what was split. A packet that is
    // its own and only fragment (RFC 6946) is none.
    kFragment,
    // Beyond the packet or the bounds, a routing header that is not at its end, or hop-by-hop
    // options that do not come first.
    kBadExtension,
  };
  Kind kind = Kind::kFound;
  std::uint8_t protocol = 0;
  std::uint16_t offset = 0;  // From the beginning of `payload`.
};

// Hop-by-hop options, destination options and routing headers are skipped. `payload` is what lies
// behind the IPv6 header, whose next-header field is `next_header`.
UpperLayer find_upper_layer(std::uint8_t next_header, std::span<const std::byte> payload);

}  // namespace mediaplane
