// SPDX-License-Identifier: BSD-2-Clause
// What every packet of the generator carries behind its RTP header, for the sink.
#pragma once

#include <cstddef>
#include <cstdint>

#include "dataplane/net/headers.h"
#include "dataplane/net/rtp.h"

namespace mediaplane::bench {

struct Cookie {
  std::uint32_t flow;
  std::uint32_t number;  // Of the flow's packets, from 1.
};

inline constexpr std::size_t kCookieAt = sizeof(UdpHeader) + sizeof(RtpHeader);  // From UDP on.

// The least that IPv4, UDP, RTP and the cookie take.
inline constexpr std::uint32_t kLeastFrameBytes =
    sizeof(EthernetHeader) + sizeof(Ipv4Header) + kCookieAt + sizeof(Cookie);

}  // namespace mediaplane::bench
