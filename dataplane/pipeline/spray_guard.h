// SPDX-License-Identifier: BSD-2-Clause
// Remembers hosts that try our UDP ports one after the other. All of an IPv6 /64 is one host, as
// whoever has one address of it has them all. A host that hits more than 32 ports
// without session within a second may not teach a flow its address for 10 s (unless it is a host
// that was signalled: the caller of is_sprayer() sees to that).
//
// One table of bounded size for all workers, written only when a packet finds no session. Distinct
// ports are counted by their lowest 8 bits. A place that a recent host holds is not given to
// another; a flood of spoofed hosts can thus leave some sprayer unseen, never more than that.
#pragma once

#include <array>
#include <atomic>
#include <bit>
#include <cstdint>
#include <cstring>

#include "dataplane/net/address.h"
#include "dataplane/net/byte_order.h"
#include "dataplane/net/tick.h"

namespace mediaplane {

// An IPv4 host or an IPv6 /64. No source has a prefix that begins with 32 zero bits, so the two
// never meet.
using SprayHost = std::uint64_t;

inline SprayHost spray_host_of(Be32 ip) { return std::uint64_t{ip.raw} << 32; }
inline SprayHost spray_host_of(const Ipv6Bytes& ip) {
  SprayHost prefix = 0;
  std::memcpy(&prefix, ip.data(), sizeof prefix);
  return prefix;
}

class SprayGuard {
 public:
  static constexpr int kMaxPorts = 32;
  static constexpr Tick kBanTicks = 10 * kTicksPerSecond;

  void note_miss(SprayHost host, Be16 udp_port, Tick now) {
    auto& place = places_[place_of(host)];
    if (place.host.load(std::memory_order_relaxed) != host) {
      if (is_held(place, now)) return;
      place.host.store(host, std::memory_order_relaxed);
      place.banned.store(0, std::memory_order_relaxed);
      begin_second(place, now);
    } else if (!is_counting(place, now)) {
      begin_second(place, now);
    }
    const unsigned bit = udp_port.host() & 0xffU;
    place.ports[bit / 64].fetch_or(std::uint64_t{1} << bit % 64, std::memory_order_relaxed);
    if (ports_hit(place) > kMaxPorts) {
      place.ban_begin.store(now, std::memory_order_relaxed);
      place.banned.store(1, std::memory_order_relaxed);
    }
  }

  bool is_sprayer(SprayHost host, Tick now) const {
    const auto& place = places_[place_of(host)];
    return place.host.load(std::memory_order_relaxed) == host && is_banned(place, now);
  }

 private:
  struct alignas(64) Place {
    std::atomic<SprayHost> host{0};
    std::atomic<std::uint32_t> banned{0};
    std::atomic<Tick> second{0};  // When the present count began.
    std::atomic<Tick> ban_begin{0};
    std::array<std::atomic<std::uint64_t>, 4> ports{};
  };

  static std::size_t place_of(SprayHost host) { return host * 0x9e3779b97f4a7c15U >> 54; }

  static bool is_banned(const Place& place, Tick now) {
    return place.banned.load(std::memory_order_relaxed) != 0 &&
           is_within(place.ban_begin.load(std::memory_order_relaxed), now, kBanTicks);
  }
  static bool is_counting(const Place& place, Tick now) {
    return is_within(place.second.load(std::memory_order_relaxed), now, kTicksPerSecond);
  }
  static bool is_held(const Place& place, Tick now) {
    const bool is_taken = place.host.load(std::memory_order_relaxed) != 0;
    return (is_taken && is_counting(place, now)) || is_banned(place, now);
  }
  static void begin_second(Place& place, Tick now) {
    place.second.store(now, std::memory_order_relaxed);
    for (auto& word : place.ports) word.store(0, std::memory_order_relaxed);
  }
  static int ports_hit(const Place& place) {
    int hit = 0;
    for (const auto& word : place.ports) hit += std::popcount(word.load(std::memory_order_relaxed));
    return hit;
  }

  std::array<Place, 1024> places_{};
};

}  // namespace mediaplane
