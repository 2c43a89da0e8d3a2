// SPDX-License-Identifier: BSD-2-Clause
// The frame of a datagram that came in fragments, as it would be had it come in one piece.
#pragma once

#include <rte_mbuf.h>

#include "dataplane/housekeeper/reassembly.h"

namespace mediaplane {

// Where its UDP header is in a packet buffer: behind an IPv4 packet's headroom and headers. The
// longer header of IPv6 takes of the headroom, so that the end of the packet does not depend on
// the family.
inline constexpr std::uint16_t kUdpBegin =
    RTE_PKTMBUF_HEADROOM + sizeof(EthernetHeader) + sizeof(Ipv4Header);

// Options and extension headers are gone; IPv4 may be split again, and `packet_type` says that it
// was. The buffer is new and has room for kUdpBegin and the datagram.
void write_whole_frame(rte_mbuf& mbuf, const WholeDatagram& datagram, const MacAddress& our_mac);

}  // namespace mediaplane
