// SPDX-License-Identifier: BSD-2-Clause
// RTP frames of one direction of a call, with the time of sending in the payload. Made once and
// changed in place: sequence number, timestamp, time, and the UDP checksum by difference.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "dataplane/net/address.h"
#include "dataplane/net/byte_order.h"
#include "dataplane/net/checksum.h"

namespace mediaplane::veth {

struct Direction {
  MacAddress source_mac;
  MacAddress destination_mac;
  Be32 source_ip;
  Be16 source_port;
  Be32 destination_ip;
  Be16 destination_port;
};

inline constexpr std::size_t kFrameBytes = 14 + 20 + 8 + 12 + 160;
using FrameBytes = std::array<std::byte, kFrameBytes>;

class RtpFrame {
 public:
  RtpFrame(const Direction& direction, std::uint32_t ssrc);

  // The next packet of the stream, sent at `time` (nanoseconds).
  std::span<std::byte> next(std::uint64_t time);

 private:
  FrameBytes bytes_{};
  PartialSum constant_ = 0;  // Of pseudo header and everything that never changes.
  std::uint16_t sequence_ = 0;
};

// When the frame was sent; nothing if it is none of ours.
std::optional<std::uint64_t> sending_time(std::span<const std::byte> frame);

}  // namespace mediaplane::veth
