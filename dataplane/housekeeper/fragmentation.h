// SPDX-License-Identifier: BSD-2-Clause
// How a packet is cut into fragments: a frame as rewrite leaves it (an IP header without options or
// extension headers, and UDP) becomes frames that no MTU forbids.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "dataplane/net/headers.h"

namespace mediaplane {

class Fragmentation {
 public:
  // `mtu`: at least 576. `frame` outlives the object; `id` has 16 bits where it is IPv4.
  Fragmentation(std::span<const std::byte> frame, std::uint16_t mtu, std::uint32_t id);

  std::size_t count() const { return (payload_.size() + room_ - 1) / room_; }
  // Writes fragment number `place` and returns the bytes of its frame: at most the MTU and an
  // Ethernet header.
  std::size_t write(std::size_t place, std::byte* to) const;

 private:
  std::size_t write_ipv4(std::byte* at, std::size_t offset, std::size_t length, bool more) const;
  std::size_t write_ipv6(std::byte* at, std::size_t offset, std::size_t length, bool more) const;

  std::span<const std::byte> frame_;
  bool is_ipv4_;
  std::uint32_t id_;
  std::span<const std::byte> payload_;  // What is cut.
  std::size_t room_;                    // Of it in each fragment but the last.
};

}  // namespace mediaplane
