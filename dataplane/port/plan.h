// SPDX-License-Identifier: BSD-2-Clause
// How much memory a configuration needs. All of it is taken at start; nothing is allocated from
// DPDK later.
#pragma once

#include <cstddef>
#include <cstdint>

#include "config/config.h"

namespace mediaplane {

inline constexpr std::uint16_t kRxDescriptors = 1024;
inline constexpr std::uint16_t kTxDescriptors = 1024;
inline constexpr std::uint32_t kMbufCache = 256;
inline constexpr std::uint32_t kPuntSlots = 512;
// 200 ms of a hundred prompts: a worker that shares its CPU may be away that long.
inline constexpr std::uint32_t kInjectionSlots = 2048;
inline constexpr std::uint32_t kSpreadSlots = 1024;  // For each port, each way, of a guest.
inline constexpr std::uint32_t kEventSlots = 8192;
// Datagrams put together of fragments that are longer than any port's packets: so many on their way
// at once, and the bytes of a buffer for one.
inline constexpr std::uint32_t kLongDatagrams = 63;
inline constexpr std::uint16_t kLongDatagramRoom = 9472;
// Where fragments wait for the rest of their datagrams.
inline constexpr std::size_t kFragmentTableBytes = 5 << 20;

struct MemoryPlan {
  std::uint32_t mbufs = 0;
  std::uint16_t mbuf_room = 0;    // Bytes of each for headroom and frame: a packet is never split.
  std::size_t eal_megabytes = 0;  // Packet buffers, flow table and rings.
  std::size_t region_bytes = 0;   // Shared with the control plane.
  std::size_t own_bytes = 0;      // What the housekeeper keeps, and the rings of a control plane.
  std::size_t session_bytes = 0;  // Of all these, what one session takes beside its identifiers.

  std::size_t bytes() const { return (eal_megabytes << 20) + region_bytes + own_bytes; }
};

// What the housekeeper keeps of a session outside of DPDK's memory and of the region.
inline constexpr std::size_t kKeptOfSession = 512;

MemoryPlan plan_memory(const Config& config);

}  // namespace mediaplane
