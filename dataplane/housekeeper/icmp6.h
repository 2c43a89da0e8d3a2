// SPDX-License-Identifier: BSD-2-Clause
// ICMPv6 (RFC 4443): checked, and echo answered in place.
#pragma once

#include <cstdint>
#include <span>

#include "dataplane/net/headers.h"
#include "dataplane/pipeline/verdict.h"

namespace mediaplane {

struct Icmp6Reading {
  Verdict verdict = Verdict::kBadIcmp;  // kPunt: sound, and of one of the three types we serve.
  std::uint8_t type = 0;                // Echo request, neighbour solicitation or advertisement.
  std::uint16_t offset = 0;             // Of the message, from the frame's beginning.
  std::uint16_t length = 0;
};

// Reads an IPv6 frame that classify has punted. Lengths are compared with the frame before anything
// is summed.
Icmp6Reading read_icmp6(std::span<const std::byte> frame);

// Makes the frame the answer to an echo request, extension headers gone; returns its length.
std::size_t answer_echo6(std::span<std::byte> frame, const Icmp6Reading& reading);

}  // namespace mediaplane
