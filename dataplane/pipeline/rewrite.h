// SPDX-License-Identifier: BSD-2-Clause
// Fourth stage: the packet becomes one that we send. In place: MACs, a fresh IP header of the
// family that the flow leaves with (TTL or hop limit 64, configured TOS or traffic class; DF clear,
// IPv4 options, IPv6 extension headers and flow label gone), addresses and ports. The frame grows
// into the mbuf's headroom where the new header is longer than what was there.
//
// The UDP checksum changes by difference, so that a wrong one stays wrong. One that is absent stays
// absent, but for IPv6, which has to have one: there it is computed.
#pragma once

#include "dataplane/pipeline/burst.h"
#include "dataplane/pipeline/context.h"

namespace mediaplane {

inline constexpr std::uint8_t kTtl = 64;

// The sums of FlowEntry, and whether it is plain, from all else that it says; the housekeeper calls
// it before it publishes. `local_ip` and `local_port` are where the flow's packets arrive.
void precompute(FlowEntry& entry, const IpAddress& local_ip, Be16 local_port);

// Bytes before the UDP header of a frame that leaves by this entry.
std::uint16_t headers_before_udp(const FlowEntry& entry);
// Writes all headers of a packet of our own that leaves by this entry; its UDP payload stands in
// the frame already, headers_before_udp() and a UDP header from its begin. Returns kForward,
// kResolve or why it cannot go, as with packets that came in.
Verdict write_headers(std::byte* frame, std::size_t payload_length, const FlowEntry& entry,
                      std::uint16_t& next_ip_id, const Shared& shared);

// Leaves kForward on what can be sent at once, kResolve where the next hop's MAC is not known,
// kSplit on what is longer than the egress MTU and may be sent in fragments. Active stays what is
// for one of our own endpoints and has to be looked up again; true if there is such.
bool rewrite(Burst& burst, WorkerContext& context);

}  // namespace mediaplane
