// SPDX-License-Identifier: BSD-2-Clause
// The calls of a benchmark: who their parties are, and where at the relay they send to.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "dataplane/abi/ids.h"
#include "dataplane/abi/session.h"
#include "dataplane/net/address.h"

namespace mediaplane::bench {

enum class Families : std::uint8_t { kIpv4, kIpv6, kMixed };  // Mixed: callers IPv4, callees IPv6.

const char* name_of(Families families);

// RTP endpoints, by Side; those of RTCP are one UDP port above.
struct Call {
  std::array<Endpoint, abi::kSidesPerSession> parties;
  std::array<Endpoint, abi::kSidesPerSession> locals;  // Where the party of this side sends to.
};

inline constexpr MacAddress kGatewayMac{{0x02, 0, 0, 0, 0, 0xfe}};
inline const char* const kGateway = "198.18.255.254";
inline const char* const kGateway6 = "2001:db8::ffff";

// The relay's addresses, as many as the sessions need.
std::vector<Prefix> relay_addresses(std::uint32_t sessions, Families families);

// Parties behind the gateway, some thousand on a host, and local endpoints in a row.
std::vector<Call> numbered_calls(std::uint32_t sessions, Families families);

// As a control plane would wish it; `locals` are the relay's addresses by number.
abi::Session session_of(const Call& call, const abi::SessionId& id,
                        const std::vector<IpAddress>& locals);

}  // namespace mediaplane::bench
