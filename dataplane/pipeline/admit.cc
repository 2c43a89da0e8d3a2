// SPDX-License-Identifier: BSD-2-Clause
#include "dataplane/pipeline/admit.h"

#include "dataplane/net/checksum.h"
#include "dataplane/net/rtp.h"
#include "dataplane/pipeline/copy.h"
#include "dataplane/pipeline/measure.h"

namespace mediaplane {
namespace {

// RFC 768; a zero field says that the sender made none.
bool is_udp_checksum_right(const Packet& packet) {
  if (packet.udp_checksum.raw == 0) return true;
  const auto ip = load<Ipv4Header>(packet.frame + packet.ip_offset);
  const auto pseudo = pseudo_header_sum(sum_of(ip.source) + sum_of(ip.destination), kProtocolUdp,
                                        packet.udp_length);
  return is_checksum_right(
      pseudo + sum_of({packet.frame + packet.udp_offset, std::size_t{packet.udp_length}}));
}

bool is_from(const FlowEntry& entry, const Packet& packet) {
  return entry.source_ip == packet.source_ip && entry.source_port == packet.source_port;
}

void tell(const FlowEntry& entry, const Packet& packet, std::uint8_t flags,
          WorkerContext& context) {
  LearningEvent event{};
  event.flow = entry.flow;
  event.generation = entry.generation.load(std::memory_order_relaxed);
  event.source = {IpAddress::from_ipv4(packet.source_ip), packet.source_port.host()};
  event.tick = context.now;
  event.flags = flags;
  if (const auto rtp = parse_rtp(packet.payload())) {
    event.rtp = 1;
    event.ssrc = rtp->ssrc.host();
    event.sequence = rtp->sequence.host();
  }
  if (!context.events.push(event)) abi::add(context.totals.events_lost, std::uint64_t{1});
}

bool sprays(const Packet& packet, const WorkerContext& context) {
  return context.shared.spray_guard.is_sprayer(packet.source_ip, context.now);
}

// Nobody is taken: the first source that sets the fingerprint may send.
Verdict admit_open(const FlowEntry& entry, const Packet& packet, WorkerContext& context) {
  const bool expected_host = entry.has_source != 0 && entry.source_ip == packet.source_ip;
  if (entry.same_host_only && !expected_host) return Verdict::kSourceMismatch;
  if (!is_udp_checksum_right(packet)) return Verdict::kBadUdpChecksum;
  if (!expected_host && sprays(packet, context)) return Verdict::kSpray;
  const bool relayed = claims(context.shared.fingerprints[entry.flow],
                              fingerprint_of(packet.source_ip, packet.source_port));
  tell(entry, packet, relayed ? kEventRelayed : 0, context);
  return relayed ? Verdict::kForward : Verdict::kSourceMismatch;
}

// A source that is not the taken one: dropped, but the housekeeper hears of it.
Verdict refuse(const FlowEntry& entry, const Packet& packet, WorkerContext& context) {
  if (entry.settled || !is_udp_checksum_right(packet)) return Verdict::kSourceMismatch;
  tell(entry, packet, sprays(packet, context) ? kEventSprayer : 0, context);
  const auto& statistics = context.shared.region.flow_statistics(entry.flow);
  return continues(statistics, parse_rtp(packet.payload())) ? Verdict::kRelearning
                                                            : Verdict::kSourceMismatch;
}

Verdict admit_packet(const FlowEntry& entry, const Packet& packet, WorkerContext& context) {
  switch (entry.admission) {
    case Admission::kTaken:
      if (!is_from(entry, packet)) return refuse(entry, packet, context);
      if (entry.unproved && is_udp_checksum_right(packet)) {
        tell(entry, packet, kEventRelayed, context);
      }
      return Verdict::kForward;
    case Admission::kTakenHost:
      return entry.source_ip == packet.source_ip ? Verdict::kForward : Verdict::kSourceMismatch;
    case Admission::kOpen:
      return admit_open(entry, packet, context);
    case Admission::kClosed:
      return Verdict::kSourceMismatch;
    case Admission::kIncomplete:
      break;
  }
  return Verdict::kSessionIncomplete;
}

// The party that it would go to hears a prompt instead. The session does not live by what nobody
// hears: the last tick stays.
Verdict hide(const Packet& packet, abi::FlowStatistics& statistics, const WorkerContext& context) {
  const auto last_tick = statistics.last_tick.load(std::memory_order_relaxed);
  measure(statistics, packet.payload(), {last_tick, context.microseconds});
  abi::add(statistics.dropped, std::uint32_t{1});
  return Verdict::kPromptPlaying;
}

}  // namespace

void admit(Burst& burst, WorkerContext& context) {
  burst.filter([&](std::uint8_t i) {
    const auto& entry = *burst.entries[i];
    // Pairs with the release store of FlowTable::publish().
    [[maybe_unused]] const auto generation = entry.generation.load(std::memory_order_acquire);
    const auto& packet = burst.packets[i];
    burst.verdicts[i] = admit_packet(entry, packet, context);
    if (burst.verdicts[i] != Verdict::kForward) return false;
    auto& statistics = context.shared.region.flow_statistics(entry.flow);
    if (entry.extras != 0) [[unlikely]] {
      if ((entry.extras & kHidden) != 0) {
        burst.verdicts[i] = hide(packet, statistics, context);
        return false;
      }
      if ((entry.extras & kCopied) != 0) copy(entry, packet, burst.keys[i], context);
    }
    measure(statistics, packet.payload(), {context.now, context.microseconds});
    if (entry.out_family != IpFamily::kNone) return true;
    abi::add(statistics.dropped, std::uint32_t{1});
    burst.verdicts[i] = Verdict::kNoDestination;
    return false;
  });
}

}  // namespace mediaplane
