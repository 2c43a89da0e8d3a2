// SPDX-License-Identifier: BSD-2-Clause
// The key of the flow table: which of our addresses and which UDP port a packet came to. IPv4 and
// IPv6 alike, as addresses are numbered. 16 bytes, because rte_hash compares those with SSE.
#pragma once

#include <array>
#include <bit>
#include <cstdint>

#include <rte_hash_crc.h>

#include "dataplane/net/byte_order.h"

namespace mediaplane {

struct FlowKey {
  std::uint16_t local_address;
  Be16 udp_port;
  std::array<std::uint8_t, 12> zero;  // Always.

  friend bool operator==(const FlowKey&, const FlowKey&) = default;
};
static_assert(sizeof(FlowKey) == 16);

// Only the first four bytes differ between keys.
inline std::uint32_t hash_of(const FlowKey& key) {
  return rte_hash_crc_4byte(std::bit_cast<std::array<std::uint32_t, 4>>(key)[0], 0xffffffff);
}

}  // namespace mediaplane
