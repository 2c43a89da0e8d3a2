// SPDX-License-Identifier: BSD-2-Clause
// What the relay needs to know of a datagram's payload: whether it is well-formed RTP (RFC 3550
// section 5.1 and the validity checks of appendix A.1), and then its SSRC, sequence number and
// timestamp. Everything else (RTCP, STUN, DTLS, T.38, empty) is relayed too, only not as RTP.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "dataplane/net/byte_order.h"

namespace mediaplane {

struct [[gnu::packed, gnu::may_alias]] RtpHeader {
  std::uint8_t version_flags;  // V:2 P:1 X:1 CC:4
  std::uint8_t marker_type;    // M:1 PT:7
  Be16 sequence;
  Be32 timestamp;
  Be32 ssrc;

  std::uint8_t version() const { return version_flags >> 6; }
  bool has_padding() const { return (version_flags & 0x20) != 0; }
  bool has_extension() const { return (version_flags & 0x10) != 0; }
  std::size_t contributor_count() const { return version_flags & 0xfU; }
  std::uint8_t payload_type() const { return marker_type & 0x7f; }
};
static_assert(sizeof(RtpHeader) == 12);

// RTCP packet types are 192..223, where RTP has payload types 64..95 with the marker bit. Types
// 72..76 are no RTP without it either (RFC 3550 appendix A.1, RFC 5761 section 4).
constexpr bool is_rtcp_type(std::uint8_t marker_type) {
  const auto payload_type = marker_type & 0x7f;
  return (marker_type & 0xe0) == 0xc0 || (payload_type >= 72 && payload_type <= 76);
}

// The header of a payload, or null.
inline const RtpHeader* parse_rtp(std::span<const std::byte> payload) {
  if (payload.size() < sizeof(RtpHeader)) return nullptr;
  const auto& header = view<RtpHeader>(payload.data());
  if (is_rtcp_type(header.marker_type)) return nullptr;
  if (header.version_flags == 0x80) [[likely]]  // Version 2, and nothing of the rest.
    return &header;
  if (header.version() != 2) return nullptr;
  std::size_t length = sizeof(RtpHeader) + 4 * header.contributor_count();
  if (header.has_extension()) {
    if (payload.size() < length + 4) return nullptr;
    length += 4 + 4 * std::size_t{load<Be16>(payload.data() + length + 2).host()};
  }
  if (payload.size() < length) return nullptr;
  if (header.has_padding()) {
    const auto padding = std::to_integer<std::size_t>(payload.back());
    if (padding == 0 || length + padding > payload.size()) return nullptr;
  }
  return &header;
}

// Distance from one sequence number to a later one, modulo 2^16; negative = earlier.
constexpr std::int16_t sequence_distance(std::uint16_t from, std::uint16_t to) {
  return static_cast<std::int16_t>(static_cast<std::uint16_t>(to - from));
}

}  // namespace mediaplane
