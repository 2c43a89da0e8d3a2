// SPDX-License-Identifier: BSD-2-Clause
// The source fingerprint of a flow decides, without waiting for the housekeeper, which of several
// sources a worker relays while nobody is taken: the first that sets it from 0. Workers only set it
// from 0; the housekeeper alone replaces or clears it.
#pragma once

#include <atomic>
#include <cstdint>
#include <cstring>
#include <span>

#include "dataplane/net/address.h"
#include "dataplane/net/byte_order.h"

namespace mediaplane {

using Fingerprint = std::uint64_t;  // 0 = none.

inline Fingerprint fingerprint_of(Be32 ip, Be16 udp_port) {
  return (std::uint64_t{1} << 63) | std::uint64_t{ip.raw} << 16 | udp_port.raw;
}

// IPv6 sources are mixed into 62 bits (with the multiplier of splitmix64); bit 62 tells the
// families apart.
inline Fingerprint fingerprint_of(const Ipv6Bytes& ip, Be16 udp_port) {
  std::uint64_t halves[2];
  std::memcpy(halves, ip.data(), sizeof halves);
  std::uint64_t mixed = (halves[0] ^ udp_port.raw) * 0xbf58476d1ce4e5b9;
  mixed = ((mixed ^ mixed >> 31) + halves[1]) * 0x94d049bb133111eb;
  return (std::uint64_t{3} << 62) | (mixed ^ mixed >> 29);
}

inline Fingerprint fingerprint_of(const Endpoint& source) {
  return source.ip.family == IpFamily::kIpv4
             ? fingerprint_of(source.ip.ipv4(), be16(source.udp_port))
             : fingerprint_of(source.ip.bytes, be16(source.udp_port));
}

using FingerprintCell = std::atomic<Fingerprint>;

// True if `source` is the one that may send: it is already, or it becomes it now.
inline bool claims(FingerprintCell& cell, Fingerprint source) {
  Fingerprint present = cell.load(std::memory_order_relaxed);
  if (present == 0 && cell.compare_exchange_strong(present, source, std::memory_order_relaxed)) {
    return true;
  }
  return present == source;
}

}  // namespace mediaplane
