// SPDX-License-Identifier: BSD-2-Clause
// ARP frames (RFC 826): made and read.
#pragma once

#include <optional>
#include <span>

#include "dataplane/net/headers.h"

namespace mediaplane {

inline constexpr std::uint16_t kArpFrameBytes = sizeof(EthernetHeader) + sizeof(ArpPacket);

struct ArpParty {
  MacAddress mac{};
  Be32 ip{};
};

// Writes kArpFrameBytes bytes. `to` is the Ethernet destination.
void write_arp(std::byte* frame, std::uint16_t operation, const ArpParty& sender,
               const ArpParty& target, const MacAddress& to);

// The ARP packet of a frame, if it is one that RFC 826 allows on Ethernet with IPv4: a request or a
// reply, sent by the very station that it names, which is no multicast address.
std::optional<ArpPacket> read_arp(std::span<const std::byte> frame);

}  // namespace mediaplane
