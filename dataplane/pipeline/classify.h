// SPDX-License-Identifier: BSD-2-Clause
// First stage: which packets are media for one of our addresses, and their flow keys. The slow path
// gets ARP, neighbour discovery, ICMP and fragments of UDP for our addresses; everything else is
// dropped by name.
#pragma once

#include "dataplane/pipeline/burst.h"
#include "dataplane/pipeline/context.h"

namespace mediaplane {

// Fills packets, keys and verdicts of burst.mbufs[0..count), which came in on `port`. Whatever lies
// behind the UDP datagram (padding of short frames) is cut off.
void classify(Burst& burst, const LocalPort& port, const Shared& shared);

// One frame, step by step; what recognise.h takes for usual is kForward here, with the same
// `packet` and `key`. `packet.frame` is set.
Verdict classify_frame(std::span<const std::byte> frame, const rte_mbuf& mbuf,
                       const LocalPort& port, const Shared& shared, Packet& packet);

}  // namespace mediaplane
