// SPDX-License-Identifier: BSD-2-Clause
// A flow entry: all that a worker needs to admit and rewrite one packet, ready-made by the
// housekeeper. A published entry never changes: an update is a new entry in its place.
//
// The first cache line is enough for IPv4 on both sides. The second one is read only when an IPv6
// address takes part: `source_ip6` by an entry of that `family`, the others by that `out_family`.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>

#include "dataplane/abi/ids.h"
#include "dataplane/net/address.h"
#include "dataplane/net/byte_order.h"
#include "dataplane/net/checksum.h"

namespace mediaplane {

// Whose packets are admitted.
enum class Admission : std::uint8_t {
  kIncomplete,  // Nobody's: the other side has no UDP port yet.
  kOpen,        // Nobody is taken: the first source that sets the fingerprint, and then it alone.
  kTaken,       // The source's.
  kTakenHost,   // Those of the source's host, from any port.
  kClosed,      // Nobody's: the signalled address alone may send, and there is none.
};

// What else is done with a flow's packets, as bits of FlowEntry::extras.
inline constexpr std::uint8_t kCopied = 1;     // The recorder gets a copy.
inline constexpr std::uint8_t kHidden = 2;     // Their receiver hears a prompt instead.
inline constexpr std::uint8_t kSentTwice = 4;  // Small ones go out twice.

struct alignas(64) FlowEntry {
  // Set last, with release, before the entry is put into the table; loaded first, with acquire, by
  // who finds it there.
  std::atomic<std::uint32_t> generation{0};
  abi::FlowIndex flow = 0;

  Admission admission = Admission::kIncomplete;
  bool unproved = false;        // The source is taken and not yet proved: tell of its packets.
  bool settled = false;         // Nobody else can come to be taken: tell of no other's packets.
  bool same_host_only = false;  // kOpen: only the source's host may become a source.
  IpFamily family = IpFamily::kIpv4;      // Of the packets that come.
  IpFamily out_family = IpFamily::kNone;  // Of the packets that go; kNone = no destination yet.
  std::uint8_t tos = 0;
  std::uint8_t has_source = 0;  // The source is set: the taken one, or the expected one if kOpen.

  Be32 source_ip{};
  // As they stand in the new headers, side by side.
  struct Ipv4Pair {
    Be32 source;
    Be32 destination;
  } new_ips{};
  struct PortPair {
    Be16 source;
    Be16 destination;
  } new_ports{};
  Be16 source_port{};
  // Sum of an outgoing IPv4 header without total length and identification.
  std::uint16_t ip_sum = 0;
  // What is added to a UDP checksum: new pseudo header and ports less our old address and port, and
  // less the source if that is kTaken. Any other source leaves the sum when a packet is rewritten.
  std::uint16_t udp_sum = 0;
  std::uint16_t neighbour = 0;
  std::uint16_t egress_port = 0;  // ethdev
  std::uint16_t egress_mtu = 0;
  std::uint16_t own_address = 0;  // If `to_ourselves`: the number of the destination address.
  bool to_ourselves = false;      // The destination is one of our own endpoints.
  std::uint8_t extras = 0;
  std::uint32_t session_generation = 0;
  // As nearly all flows are once both parties talk: IPv4 in and out, the source taken and proved,
  // a destination that is not our own, no extras. What comes from the source is sent on, and the
  // workers need look at nothing else.
  bool plain = false;
  // How the new Ethernet header ends.
  struct Egress {
    MacAddress mac;
    Be16 ether_type;
  };
  alignas(8) Egress egress{};

  alignas(64) Ipv6Bytes source_ip6{};
  Ipv6Bytes new_source_ip6{};
  Ipv6Bytes new_destination_ip6{};
};
static_assert(sizeof(FlowEntry) == 128);
static_assert(offsetof(FlowEntry, source_ip6) == 64);

}  // namespace mediaplane
