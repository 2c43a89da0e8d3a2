// SPDX-License-Identifier: BSD-2-Clause
// What becomes of a packet. Each packet that an lcore holds ends with exactly one verdict, each
// verdict has a counter and the name under which operators see it.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "dataplane/abi/region.h"

namespace mediaplane {

enum class Verdict : std::uint8_t {
  kForward,  // To the transmit queue of its egress port.
  kPunt,     // To the housekeeper: ARP, ND, ICMP and fragments for our addresses.
  kResolve,  // To the housekeeper, ready to go but for the next hop's MAC.
  kSplit,    // To the housekeeper, ready to go but too long: it leaves in fragments.
  // From here on: dropped.
  kShortFrame,
  kMultiSegment,
  kNotOurMac,
  kBadSourceMac,
  kVlanTag,
  kOtherEtherType,
  kIpv6,
  kBadArp,
  kArpNotForUs,
  kAddressConflict,
  kBadIpv4Header,
  kBadIpv4Length,
  kBadIpv4Checksum,
  kBadIpv4Source,
  kBadIpv6Header,
  kBadIpv6Length,
  kBadIpv6Source,
  kBadIpv6Extension,
  kOwnAddress,
  kMulticast,
  kNotOurAddress,
  kTtlExpired,
  kFragment,
  kBadFragment,
  kFragmentOverlap,
  kFragmentDuplicate,
  kFragmentTooLong,
  kFragmentTableFull,
  kFragmentTimeout,
  kOtherProtocol,
  kBadIcmp,
  kBadNd,
  kBadUdpLength,
  kBadUdpPort,
  kNoUdpChecksum,
  kBadUdpChecksum,
  kNoSession,
  kSessionIncomplete,
  kSourceMismatch,
  kRelearning,
  kSpray,
  kNoDestination,
  kPromptPlaying,
  kPromptStale,
  kPromptToOurselves,
  kOwnLoop,
  kTooBig,
  kSpreadFull,
  kLinkDown,
  kTxFull,
  kNoBuffer,
  kSlowPathFull,
  kRateLimited,
  kNotForSlowPath,
  kUnresolved,
  kStopping,
  kCount,
};

struct VerdictName {
  Verdict verdict;
  std::string_view name;
};

inline constexpr std::array kVerdictNames = {
    VerdictName{Verdict::kForward, "forward"},
    VerdictName{Verdict::kPunt, "punt"},
    VerdictName{Verdict::kResolve, "resolve"},
    VerdictName{Verdict::kSplit, "split"},
    VerdictName{Verdict::kShortFrame, "short_frame"},           // Less than its headers need.
    VerdictName{Verdict::kMultiSegment, "multi_segment"},       // Larger than one mbuf.
    VerdictName{Verdict::kNotOurMac, "not_our_mac"},            // Promiscuous port, or flooded.
    VerdictName{Verdict::kBadSourceMac, "bad_source_mac"},      // A multicast address is no sender.
    VerdictName{Verdict::kVlanTag, "vlan_tag"},                 // No VLAN is configured.
    VerdictName{Verdict::kOtherEtherType, "other_ether_type"},  // Neither ARP nor IP.
    VerdictName{Verdict::kIpv6, "ipv6"},                        // The port has no IPv6 address.
    VerdictName{Verdict::kBadArp, "bad_arp"},                   // Breaks RFC 826, or spoofed.
    VerdictName{Verdict::kArpNotForUs, "arp_not_for_us"},       // Asks for somebody else.
    VerdictName{Verdict::kAddressConflict,
                "address_conflict"},                          // ARP, ND: somebody has our address.
    VerdictName{Verdict::kBadIpv4Header, "bad_ipv4_header"},  // Version or header length.
    VerdictName{Verdict::kBadIpv4Length, "bad_ipv4_length"},  // Total length and frame disagree.
    VerdictName{Verdict::kBadIpv4Checksum, "bad_ipv4_checksum"},
    VerdictName{Verdict::kBadIpv4Source, "bad_ipv4_source"},  // Null, loopback, multicast, 240/4.
    VerdictName{Verdict::kBadIpv6Header, "bad_ipv6_header"},  // Version.
    VerdictName{Verdict::kBadIpv6Length, "bad_ipv6_length"},  // Payload length beyond the frame.
    VerdictName{Verdict::kBadIpv6Source, "bad_ipv6_source"},  // Null, ::1, multicast, v4-mapped.
    VerdictName{Verdict::kBadIpv6Extension, "bad_ipv6_extension"},  // Too many, cut off, misplaced.
    VerdictName{Verdict::kOwnAddress, "own_address"},               // From the wire, as if from us.
    VerdictName{Verdict::kMulticast, "multicast"},  // Or broadcast, by IP or by MAC.
    VerdictName{Verdict::kNotOurAddress, "not_our_address"},
    VerdictName{Verdict::kTtlExpired, "ttl_expired"},            // It came with TTL 0.
    VerdictName{Verdict::kFragment, "fragment"},                 // Of another protocol than UDP.
    VerdictName{Verdict::kBadFragment, "fragment_bad"},          // Empty, tiny, odd, beyond 65535.
    VerdictName{Verdict::kFragmentOverlap, "fragment_overlap"},  // With it, its whole datagram.
    VerdictName{Verdict::kFragmentDuplicate, "fragment_duplicate"},   // The same once more.
    VerdictName{Verdict::kFragmentTooLong, "fragment_too_long"},      // Too many pieces or bytes.
    VerdictName{Verdict::kFragmentTableFull, "fragment_table_full"},  // Pushed out by newer ones.
    VerdictName{Verdict::kFragmentTimeout, "fragment_timeout"},       // The rest never came.
    VerdictName{Verdict::kOtherProtocol, "other_protocol"},           // Neither UDP nor ICMP.
    VerdictName{Verdict::kBadIcmp, "bad_icmp"},                       // Short, or wrong checksum.
    VerdictName{Verdict::kBadNd, "bad_nd"},                           // Breaks RFC 4861.
    VerdictName{Verdict::kBadUdpLength, "bad_udp_length"},
    VerdictName{Verdict::kBadUdpPort, "bad_udp_port"},          // Source port 0.
    VerdictName{Verdict::kNoUdpChecksum, "no_udp_checksum"},    // IPv6 has to have one.
    VerdictName{Verdict::kBadUdpChecksum, "bad_udp_checksum"},  // Would teach, or change family.
    VerdictName{Verdict::kNoSession, "no_session"},             // Nobody has this UDP port.
    VerdictName{Verdict::kSessionIncomplete, "session_incomplete"},  // No answer yet.
    VerdictName{Verdict::kSourceMismatch, "source_mismatch"},        // Somebody else may send here.
    VerdictName{Verdict::kRelearning, "relearning"},         // A NAT rebound; entry on its way.
    VerdictName{Verdict::kSpray, "spray"},                   // The host sprays our ports.
    VerdictName{Verdict::kNoDestination, "no_destination"},  // The other party is not known yet.
    VerdictName{Verdict::kPromptPlaying, "prompt_playing"},  // The other party hears a prompt.
    VerdictName{Verdict::kPromptStale, "prompt_stale"},      // The prompt or its call has ended.
    VerdictName{Verdict::kPromptToOurselves, "prompt_to_ourselves"},  // Its call passes here twice.
    VerdictName{Verdict::kOwnLoop, "own_loop"},        // Too many passes through ourselves.
    VerdictName{Verdict::kTooBig, "too_big"},          // For the egress MTU, and not to be split.
    VerdictName{Verdict::kSpreadFull, "spread_full"},  // A worker without a queue is too slow.
    VerdictName{Verdict::kLinkDown, "link_down"},      // Of the port where it would leave.
    VerdictName{Verdict::kTxFull, "tx_full"},          // The transmit queue took no more.
    VerdictName{Verdict::kNoBuffer, "no_buffer"},      // For a packet of our own making.
    VerdictName{Verdict::kSlowPathFull, "slow_path_full"},  // A ring to or from the housekeeper.
    VerdictName{Verdict::kRateLimited, "rate_limited"},     // Pings or questions beyond the rate.
    VerdictName{Verdict::kNotForSlowPath, "not_for_slow_path"},  // ICMP but echo requests and ND.
    VerdictName{Verdict::kUnresolved, "unresolved"},             // The next hop does not answer.
    VerdictName{Verdict::kStopping, "stopping"},  // Still queued when we were stopped.
};

inline constexpr auto kVerdicts = static_cast<std::size_t>(Verdict::kCount);
static_assert(kVerdictNames.size() == kVerdicts && kVerdicts <= abi::kMaxVerdicts);
static_assert([] {
  for (std::size_t i = 0; i < kVerdicts; ++i) {
    if (kVerdictNames[i].verdict != static_cast<Verdict>(i)) return false;
  }
  return true;
}());

constexpr std::string_view name_of(Verdict verdict) {
  return kVerdictNames[static_cast<std::size_t>(verdict)].name;
}
constexpr bool is_drop(Verdict verdict) {
  return verdict > Verdict::kSplit && verdict < Verdict::kCount;
}

inline void count(abi::LcoreTotals& totals, Verdict verdict, std::uint64_t packets = 1) {
  abi::add(totals.verdicts[static_cast<std::size_t>(verdict)], packets);
}

}  // namespace mediaplane
