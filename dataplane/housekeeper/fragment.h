// SPDX-License-Identifier: BSD-2-Clause
// One fragment of a UDP datagram, read from a frame that classify found sound and punted.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "dataplane/net/address.h"

namespace mediaplane {

struct Fragment {
  // What all fragments of a datagram have in common (RFC 791, RFC 8200 section 4.5).
  IpAddress source;
  IpAddress destination;
  std::uint32_t id = 0;

  std::uint32_t offset = 0;  // In bytes, of the datagram.
  bool has_more = false;
  MacAddress source_mac{};
  std::uint8_t hops = 0;             // TTL or hop limit.
  std::span<const std::byte> bytes;  // Of the datagram; they lie in the frame.
};

// None if the frame is not a fragment.
std::optional<Fragment> read_fragment(std::span<const std::byte> frame);

}  // namespace mediaplane
