// SPDX-License-Identifier: BSD-2-Clause
// A frame that the relay sent, taken apart. It never sends options or extension headers.
#pragma once

#include <cstddef>
#include <optional>
#include <span>

#include "dataplane/net/address.h"

namespace mediaplane::bench {

struct SentFrame {
  Endpoint sender;
  Endpoint receiver;
  std::span<const std::byte> udp;  // Header and payload.
  bool is_sound = false;           // Lengths and checksums.
};

// Nothing if it is shorter than the shortest that the generator sends.
std::optional<SentFrame> sent_frame(std::span<const std::byte> frame);

}  // namespace mediaplane::bench
