// SPDX-License-Identifier: BSD-2-Clause
// ICMP echo (RFC 792), answered in place.
#pragma once

#include <cstdint>
#include <span>

#include "dataplane/net/headers.h"
#include "dataplane/pipeline/verdict.h"

namespace mediaplane {

struct IcmpReading {
  Verdict verdict = Verdict::kPunt;  // kPunt: a sound echo request.
  std::uint16_t header_length = 0;   // Of the IPv4 header.
  std::uint16_t icmp_length = 0;
};

// Reads an IPv4 frame with protocol ICMP whose IPv4 header classify has checked. Lengths are
// compared with the frame before anything is summed.
IcmpReading read_icmp(std::span<const std::byte> frame);

// Makes the frame the answer, IPv4 options kept; returns its length.
std::size_t answer_echo(std::span<std::byte> frame, const IcmpReading& reading);

}  // namespace mediaplane
