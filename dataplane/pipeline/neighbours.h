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
  NeighbourMacs() { set_silent(kNoNeighbour); }

  void set(NeighbourIndex neighbour, const MacAddress& mac) {
    words_[neighbour].store(mac.word() | kKnown, std::memory_order_relaxed);
  }
  void set_unknown(NeighbourIndex neighbour) {
    words_[neighbour].store(0, std::memory_order_relaxed);
  }
  void set_silent(NeighbourIndex neighbour) {
    words_[neighbour].store(kSilent, std::memory_order_relaxed);
  }

  class Finding {
   public:
    explicit Finding(std::uint64_t word) : word_(word) {}
    bool is_known() const { return (word_ & kKnown) != 0; }
    bool is_unknown() const { return word_ == 0; }
    bool is_silent() const { return word_ == kSilent; }
    // As MacAddress::word(), but what is in the last two bytes means nothing.
    std::uint64_t mac_word() const { return word_; }
    MacAddress mac() const { return load<MacAddress>(reinterpret_cast<const std::byte*>(&word_)); }

   private:
    std::uint64_t word_;
  };
  Finding find(NeighbourIndex neighbour) const {
    return Finding(words_[neighbour].load(std::memory_order_relaxed));
  }

 private:
  static constexpr std::uint64_t kKnown = std::uint64_t{1} << 63;
  static constexpr std::uint64_t kSilent = std::uint64_t{1} << 62;

  std::array<std::atomic<std::uint64_t>, kMaxNeighbours> words_{};
};

}  // namespace mediaplane
