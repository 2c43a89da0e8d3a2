// SPDX-License-Identifier: BSD-2-Clause
// Fourth stage: the packet becomes one that we send. In place: MACs, a fresh IPv4 header (TTL 64,
// configured TOS, DF clear, options gone), addresses and ports; the UDP checksum by difference, so
// that a wrong one stays wrong and an absent one stays absent.
#pragma once

#include "dataplane/pipeline/burst.h"
#include "dataplane/pipeline/context.h"

namespace mediaplane {

inline constexpr std::uint8_t kTtl = 64;

// The sums of FlowEntry for what it says; the housekeeper calls it before it publishes.
// `local_ip` and `local_port` are where the flow's packets arrive.
void precompute_sums(FlowEntry& entry, Be32 local_ip, Be16 local_port);

// Bytes before the UDP header of a frame that leaves by this entry.
std::uint16_t header_length(const FlowEntry& entry);
// Writes all headers of a packet of our own that leaves by this entry; its UDP payload stands in
// the frame already, header_length() and a UDP header from its begin. Returns kForward, kResolve or
// why it cannot go, as with packets that came in.
Verdict write_headers(std::byte* frame, std::size_t payload_length, const FlowEntry& entry,
                      std::uint16_t ip_id, const Shared& shared);

// Leaves kForward on what can be sent at once, kResolve where the next hop's MAC is not known.
// Active stays what is for one of our own endpoints and has to be looked up again.
void rewrite(Burst& burst, WorkerContext& context);

}  // namespace mediaplane
