// SPDX-License-Identifier: BSD-2-Clause
// The RTP clock of static payload types (RFC 3551 section 6). Dynamic types are told in SDP, which
// a relay never sees: for them there is no clock, and no jitter.
#pragma once

#include <array>
#include <cstdint>

namespace mediaplane {

// Timestamp units a second; 0 = not known.
constexpr std::uint32_t assigned_clock_rate(std::uint8_t payload_type) {
  if (payload_type == 6) return 16000;                         // DVI4
  if (payload_type == 10 || payload_type == 11) return 44100;  // L16
  if (payload_type == 16) return 11025;                        // DVI4
  if (payload_type == 17) return 22050;                        // DVI4
  if (payload_type == 14) return 90000;                        // MPA
  if (payload_type <= 18) return 8000;  // G.722 (9) too, by the letter of RFC 3551 section 4.5.2
  if (payload_type >= 25 && payload_type <= 34) return 90000;  // Video
  return 0;
}

inline constexpr auto kClockRates = [] {
  std::array<std::uint32_t, 128> rates{};
  for (std::uint8_t type = 0; type < rates.size(); ++type) rates[type] = assigned_clock_rate(type);
  return rates;
}();

constexpr std::uint32_t rtp_clock_rate(std::uint8_t payload_type) {
  return kClockRates[payload_type & 0x7f];
}

}  // namespace mediaplane
