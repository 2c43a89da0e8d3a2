// SPDX-License-Identifier: BSD-2-Clause
#include "dataplane/pipeline/admit.h"

#include "dataplane/net/checksum.h"
#include "dataplane/net/rtp.h"
#include "dataplane/pipeline/copy.h"
#include "dataplane/pipeline/measure.h"

namespace mediaplane {
namespace {

PartialSum addresses_sum(const Packet& packet) {
  if (packet.family == IpFamily::kIpv4) {
    const auto& ip = view<Ipv4Header>(packet.ip());
    return sum_of(ip.source) + sum_of(ip.destination);
  }
  const auto& ip = view<Ipv6Header>(packet.ip());
  return sum_of(ip.source) + sum_of(ip.destination);
}

// RFC 768; a zero field says that the sender made none. (Over IPv6 classify drops such.)
bool is_udp_checksum_right(const Packet& packet) {
  if (packet.udp_checksum().raw == 0) return true;
  const auto pseudo = pseudo_header_sum(addresses_sum(packet), kProtocolUdp, packet.udp_length);
  return is_checksum_right(pseudo + sum_of({packet.udp, std::size_t{packet.udp_length}}));
}

// Entries have a family of their own, which is that of the packets that find them.
bool is_from_host(const FlowEntry& entry, const Packet& packet) {
  return packet.family == IpFamily::kIpv4 ? entry.source_ip == packet.source_ip()
                                          : entry.source_ip6 == packet.source_ip6();
}

bool is_from(const FlowEntry& entry, const Packet& packet) {
  return entry.source_port == packet.source_port() && is_from_host(entry, packet);
}

Fingerprint fingerprint_of(const Packet& packet) {
  return packet.family == IpFamily::kIpv4
             ? fingerprint_of(packet.source_ip(), packet.source_port())
             : fingerprint_of(packet.source_ip6(), packet.source_port());
}

void tell(const FlowEntry& entry, const Packet& packet, std::uint8_t flags,
          WorkerContext& context) {
  LearningEvent event{};
  event.flow = entry.flow;
  event.generation = entry.generation.load(std::memory_order_relaxed);
  event.source = {packet.source(), packet.source_port().host()};
  event.tick = context.now;
  event.flags = flags;
  if (const auto* rtp = parse_rtp(packet.payload())) {
    event.rtp = 1;
    event.ssrc = rtp->ssrc.host();
    event.sequence = rtp->sequence.host();
  }
  if (!context.events.push(event)) abi::add(context.totals.events_lost, std::uint64_t{1});
}

bool sprays(const Packet& packet, const WorkerContext& context) {
  return context.shared.spray_guard.is_sprayer(packet.spray_host(), context.now);
}

// Nobody is taken: the first source that sets the fingerprint may send.
Verdict admit_open(const FlowEntry& entry, const Packet& packet, WorkerContext& context) {
  const bool expected_host = entry.has_source != 0 && is_from_host(entry, packet);
  if (entry.same_host_only && !expected_host) return Verdict::kSourceMismatch;
  if (!is_udp_checksum_right(packet)) return Verdict::kBadUdpChecksum;
  if (!expected_host && sprays(packet, context)) return Verdict::kSpray;
  const bool relayed = claims(context.shared.fingerprints[entry.flow], fingerprint_of(packet));
  tell(entry, packet, relayed ? kEventRelayed : 0, context);
  return relayed ? Verdict::kForward : Verdict::kSourceMismatch;
}

// A source that is not the taken one: dropped, but the housekeeper hears of it.
Verdict refuse(const FlowEntry& entry, const Packet& packet, const abi::FlowStatistics& statistics,
               WorkerContext& context) {
  if (entry.settled || !is_udp_checksum_right(packet)) return Verdict::kSourceMismatch;
  tell(entry, packet, sprays(packet, context) ? kEventSprayer : 0, context);
  return continues(statistics, parse_rtp(packet.payload())) ? Verdict::kRelearning
                                                            : Verdict::kSourceMismatch;
}

// A checksum that goes on into the other family is made anew or by difference, and must not turn a
// broken packet into a sound one. Same family: it is carried on, right or wrong.
bool may_cross(const FlowEntry& entry, const Packet& packet) {
  return entry.out_family == entry.family || entry.out_family == IpFamily::kNone ||
         is_udp_checksum_right(packet);
}

Verdict admit_packet(const FlowEntry& entry, const Packet& packet,
                     const abi::FlowStatistics& statistics, WorkerContext& context) {
  switch (entry.admission) {
    case Admission::kTaken:
      if (!is_from(entry, packet)) return refuse(entry, packet, statistics, context);
      if (entry.unproved && is_udp_checksum_right(packet)) {
        tell(entry, packet, kEventRelayed, context);
      }
      return Verdict::kForward;
    case Admission::kTakenHost:
      return is_from_host(entry, packet) ? Verdict::kForward : Verdict::kSourceMismatch;
    case Admission::kOpen:
      return admit_open(entry, packet, context);
    case Admission::kClosed:
      return Verdict::kSourceMismatch;
    case Admission::kIncomplete:
      break;
  }
  return Verdict::kSessionIncomplete;
}

// Whose entry says that nothing has to be looked at but the source.
bool is_plainly_from(const FlowEntry& entry, const Packet& packet) {
  return entry.plain && entry.source_port == packet.source_port() &&
         entry.source_ip == packet.source_ip();
}

}  // namespace

void admit(Burst& burst, WorkerContext& context) {
  burst.for_each_active([&](Packet& packet) {
    const auto& entry = *packet.entry;
    // Pairs with the release store of FlowTable::publish().
    [[maybe_unused]] const auto generation = entry.generation.load(std::memory_order_acquire);
    if (is_plainly_from(entry, packet)) [[likely]]
      return;
    auto verdict = admit_packet(entry, packet, *packet.statistics, context);
    if (verdict == Verdict::kForward && !may_cross(entry, packet)) {
      verdict = Verdict::kBadUdpChecksum;
    }
    if (verdict != Verdict::kForward) return packet.end(verdict);
    if ((entry.extras & (kCopied | kHidden)) == kCopied) copy(entry, packet, context);
  });
}

}  // namespace mediaplane
