// SPDX-License-Identifier: BSD-2-Clause
// What workers see of the neighbour table: a MAC address for each neighbour's number, or that it is
// not known (the housekeeper asks for it when a packet comes), or that it did not answer a moment
// ago. The housekeeper writes it; a gateway that gets another MAC republishes no flow.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <cstring>

#include "dataplane/net/address.h"

namespace mediaplane {

using NeighbourIndex = std::uint16_t;
inline constexpr NeighbourIndex kNoNeighbour = 0;
inline constexpr std::size_t kMaxNeighbours = 4096;  // On all ports.
inline constexpr std::size_t kMaxNeighboursOfPort = 1024;

class NeighbourMacs {
 public:
  void set(NeighbourIndex neighbour, const MacAddress& mac) {
    std::uint64_t word = kKnown;
    for (std::size_t i = 0; i < 6; ++i) word |= std::uint64_t{mac.bytes[i]} << (8 * i);
    words_[neighbour].store(word, std::memory_order_relaxed);
  }
  void set_unknown(NeighbourIndex neighbour) {
    words_[neighbour].store(0, std::memory_order_relaxed);
  }
  void set_silent(NeighbourIndex neighbour) {
    words_[neighbour].store(kSilent, std::memory_order_relaxed);
  }

  enum class Finding : std::uint8_t { kKnown, kUnknown, kSilent };
  Finding find(NeighbourIndex neighbour, MacAddress& mac) const {
    const auto word = words_[neighbour].load(std::memory_order_relaxed);
    std::memcpy(mac.bytes.data(), &word, sizeof mac);
    if ((word & kKnown) != 0) return Finding::kKnown;
    return neighbour == kNoNeighbour || word == kSilent ? Finding::kSilent : Finding::kUnknown;
  }

 private:
  static constexpr std::uint64_t kKnown = std::uint64_t{1} << 63;
  static constexpr std::uint64_t kSilent = std::uint64_t{1} << 62;

  std::array<std::atomic<std::uint64_t>, kMaxNeighbours> words_{};
};

}  // namespace mediaplane
