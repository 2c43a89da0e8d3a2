// SPDX-License-Identifier: BSD-2-Clause
// The two formats of recorded packets, byte by byte.
//
// Ad-hoc, as rtpproxy writes it: before each datagram a packed header of 30 bytes, without a
// header of the file. pcap: what a capture at our end would show (classic format, microseconds,
// Ethernet), with MAC addresses made up from the IP addresses and all checksums right.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include <sys/types.h>

#include "config/config.h"
#include "dataplane/net/address.h"
#include "dataplane/net/result.h"

namespace mediaplane {

// A datagram that came in.
struct RecordedPacket {
  std::uint64_t microseconds = 0;  // Since 1970.
  Endpoint source;
  Endpoint destination;  // Ours, of the same family.
  std::span<const std::byte> payload;
};

// What stands before a datagram in a file.
class RecordHead {
 public:
  // pcap, the longest: record, Ethernet, IPv6 and UDP header.
  static constexpr std::size_t kMaxBytes = 16 + 14 + 40 + 8;

  std::span<const std::byte> bytes() const { return std::span(bytes_).first(length_); }

  template <typename T>
  void append(const T& value) {
    append_bytes(std::as_bytes(std::span<const T, 1>(&value, 1)));
  }
  void append_bytes(std::span<const std::byte> more);

 private:
  std::array<std::byte, kMaxBytes> bytes_{};
  std::size_t length_ = 0;
};

inline constexpr std::size_t kAdHocHeadBytes = 30;
inline constexpr std::size_t kPcapFileHeadBytes = 24;

// True if a file may go on as one of this format: it is empty, or begins as such a file does. One
// of pcap has its header.
bool is_of_format(int file, RecordingFormat format);
// How many bytes of a file of this format are whole packets, with what stands before the first. A
// file with something else in its midst counts as whole. The error is an errno.
Result<off_t, int> whole_packets(int file, RecordingFormat format);

RecordHead ad_hoc_head(const RecordedPacket& packet);
RecordHead pcap_head(const RecordedPacket& packet);
RecordHead pcap_file_head();

}  // namespace mediaplane
