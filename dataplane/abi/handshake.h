// SPDX-License-Identifier: BSD-2-Clause
// The handshake on the data plane's SEQPACKET socket: the control plane sends one Hello, the data
// plane answers one Welcome and, when it accepts, passes the descriptors of the region, the rings
// and the two doorbells with it. After that nothing travels over the socket any more: it
// closes when the other process dies.
#pragma once

#include <array>
#include <cstdint>
#include <type_traits>

#include "dataplane/abi/region.h"
#include "dataplane/net/address.h"

namespace mediaplane::abi {

inline constexpr std::uint32_t kMaxLocalAddresses = 64;

// All addresses of all ports, in the order of the configuration; the place in it is the index that
// commands use.
struct LocalAddresses {
  std::uint32_t count = 0;
  std::array<IpAddress, kMaxLocalAddresses> addresses{};

  friend bool operator==(const LocalAddresses&, const LocalAddresses&) = default;
};

struct Hello {
  std::uint64_t magic = kMagic;
  std::uint32_t version = kVersion;
  std::uint32_t session_capacity = 0;
  LocalAddresses local_addresses;  // As the control plane's configuration has them.
};

enum class Admission : std::uint32_t {
  kAccepted = 0,
  kOtherVersion = 1,
  kOtherConfiguration = 2,
  kAlreadyAttached = 3,
  kMalformed = 4,
};

struct Welcome {
  std::uint64_t magic = kMagic;
  std::uint32_t version = kVersion;
  Admission admission{};
  std::uint32_t command_ring_slots = 0;
  std::uint32_t event_ring_slots = 0;
  std::uint32_t playback_ring_slots = 0;
  std::uint32_t copy_ring_slots = 0;
  std::uint32_t copy_rings = 0;  // One for each worker.
  std::uint32_t reserved = 0;
  std::uint64_t region_size = 0;
  std::array<char, 256> reason{};  // For the log when it is refused; terminated.
};

// Order of the descriptors that come with an accepting Welcome, before the copy rings in the order
// of the workers.
enum class Descriptor : std::uint8_t {
  kRegion = 0,
  kCommandRing = 1,
  kEventRing = 2,
  kCommandDoorbell = 3,  // eventfd, rung by the control plane.
  kEventDoorbell = 4,    // eventfd, rung by the data plane.
  kPlaybackRing = 5,
};
inline constexpr std::size_t kFixedDescriptors = 6;
inline constexpr std::size_t kMaxDescriptors = kFixedDescriptors + kMaxWorkers;

static_assert(std::is_trivially_copyable_v<Hello> && std::is_trivially_copyable_v<Welcome>);

}  // namespace mediaplane::abi
