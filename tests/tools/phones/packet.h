// SPDX-License-Identifier: BSD-2-Clause
// The packets that the phones send. All bytes follow from who sends (call, party, component), the
// random starts of the flow and the packet's place in it, so that the receiver builds the packet
// that it should have got and compares byte for byte.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "tests/tools/phones/party.h"

namespace mediaplane::phones {

struct FlowIdentity {
  std::uint32_t call = 0;
  Party sender = Party::kCaller;
  Component component = Component::kRtp;
  std::uint32_t ssrc = 0;
  std::uint16_t first_sequence = 0;
  std::uint32_t first_timestamp = 0;
};

// RTP: G.711 mu-law, payload type 0, the marker on the first packet (RFC 3551 section 4.1).
// RTCP: a compound of SR without report blocks and SDES with a CNAME (RFC 3550 section 6.1).
std::vector<std::byte> build_packet(const FlowIdentity& flow, std::uint32_t index);

// Which packet of the flow a datagram claims to be; nothing if it cannot be one. RTP counts modulo
// 2^16, so the place nearest to `expected` is taken.
std::optional<std::uint32_t> claimed_index(const FlowIdentity& flow, std::uint32_t expected,
                                           std::span<const std::byte> datagram);

}  // namespace mediaplane::phones
