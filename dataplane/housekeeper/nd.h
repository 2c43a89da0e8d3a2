// SPDX-License-Identifier: BSD-2-Clause
// Neighbour solicitations and advertisements (RFC 4861 sections 4.3, 4.4 and 7.1): made and read.
#pragma once

#include <optional>
#include <span>

#include "dataplane/housekeeper/discovery.h"
#include "dataplane/housekeeper/icmp6.h"
#include "dataplane/net/headers.h"

namespace mediaplane {

inline constexpr std::uint16_t kMaxNdFrameBytes = sizeof(EthernetHeader) + sizeof(Ipv6Header) +
                                                  sizeof(NeighbourDiscoveryHeader) +
                                                  sizeof(LinkAddressOption);

// Each writes a whole frame and returns its length, kMaxNdFrameBytes at most.

// To the target's own MAC if that is `known`, to its solicited-node group otherwise.
std::uint16_t write_solicitation(std::byte* frame, const Station& us, const Ipv6Bytes& target,
                                 const MacAddress* known);
// Duplicate address detection (RFC 4862 section 5.4.2): from nobody.
std::uint16_t write_duplicate_probe(std::byte* frame, const Station& us);
std::uint16_t write_solicited_advertisement(std::byte* frame, const Station& us,
                                            const Station& asker);
// To all nodes.
std::uint16_t write_advertisement(std::byte* frame, const Station& us);

// What a solicitation or advertisement says that read_icmp6() has found sound as ICMPv6; nothing if
// RFC 4861 wants it ignored.
std::optional<Discovery> read_nd(std::span<const std::byte> frame, const Icmp6Reading& reading);

}  // namespace mediaplane
