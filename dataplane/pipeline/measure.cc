// SPDX-License-Identifier: BSD-2-Clause
#include "dataplane/pipeline/measure.h"

#include "dataplane/net/rtp_clock.h"

namespace mediaplane {
namespace {

constexpr std::int16_t kReach = 512;
constexpr int kWindow = 64;
// RFC 3550 A.1: a sequence number that jumps farther has begun anew.
constexpr std::int16_t kMaxDropout = 3000;

template <typename T>
T value(const abi::Counter<T>& counter) {
  return counter.load(std::memory_order_relaxed);
}

template <typename T>
void set(abi::Counter<T>& counter, T to) {
  counter.store(to, std::memory_order_relaxed);
}

// RFC 3550 A.8, with the arrival in units of the stream's own clock.
std::uint32_t transit_of(const RtpHeader& rtp, std::uint32_t rate, std::uint64_t microseconds) {
  return static_cast<std::uint32_t>(microseconds * rate / 1000000) - rtp.timestamp.host();
}

inline void measure_jitter(abi::FlowStatistics& statistics, const RtpHeader& rtp,
                           std::uint64_t microseconds) {
  const auto rate = rtp_clock_rate(rtp.payload_type());
  if (rate == 0) return;
  const auto transit = transit_of(rtp, rate, microseconds);
  const auto difference = transit - value(statistics.transit);
  const auto distance = static_cast<std::int32_t>(difference) < 0 ? 0 - difference : difference;
  const auto jitter = value(statistics.jitter);
  set(statistics.transit, transit);
  set(statistics.jitter, jitter + distance - ((jitter + 8) >> 4));
}

void begin_stream(abi::FlowStatistics& statistics, const RtpHeader& rtp,
                  std::uint64_t microseconds) {
  set(statistics.lost_before, abi::packets_lost(statistics));
  const std::uint32_t sequence = rtp.sequence.host();
  set(statistics.ssrc, rtp.ssrc.host());
  set(statistics.base_sequence, sequence);
  set(statistics.highest_sequence, sequence);
  set(statistics.window, std::uint64_t{1});
  set(statistics.rtp_packets, std::uint32_t{1});
  set(statistics.transit, transit_of(rtp, rtp_clock_rate(rtp.payload_type()), microseconds));
}

// Bit N of the window stands for the sequence number N below the highest. `behind` >= 0.
void note_late(abi::FlowStatistics& statistics, int behind) {
  if (behind < kWindow) {
    const auto window = value(statistics.window);
    const auto bit = std::uint64_t{1} << behind;
    if ((window & bit) != 0) return abi::add(statistics.duplicates, std::uint32_t{1});
    set(statistics.window, window | bit);
  }
  abi::add(statistics.rtp_packets, std::uint32_t{1});
}

inline void measure_rtp(abi::FlowStatistics& statistics, const RtpHeader& rtp,
                        std::uint64_t microseconds) {
  const auto highest = value(statistics.highest_sequence);
  const auto received = value(statistics.rtp_packets);
  const int ahead = sequence_distance(static_cast<std::uint16_t>(highest), rtp.sequence.host());
  if (received == 0 || value(statistics.ssrc) != rtp.ssrc.host() || ahead > kMaxDropout ||
      ahead < -kMaxDropout) [[unlikely]] {
    return begin_stream(statistics, rtp, microseconds);
  }
  if (ahead <= 0) [[unlikely]] {
    return note_late(statistics, -ahead);
  }
  const auto window = value(statistics.window);
  set(statistics.window, ahead < kWindow ? window << ahead | 1 : 1);
  set(statistics.highest_sequence, highest + static_cast<std::uint32_t>(ahead));
  set(statistics.rtp_packets, received + 1);
  measure_jitter(statistics, rtp, microseconds);
}

}  // namespace

void measure(Burst& burst, const Arrival& arrival) {
  const auto now = arrival.tick;
  const auto microseconds = arrival.microseconds;
  burst.for_each_active([&](const Packet& packet) {
    auto& statistics = *packet.statistics;
    const auto payload = packet.payload();
    abi::add(statistics.packets, std::uint64_t{1});
    abi::add(statistics.bytes, std::uint64_t{payload.size()});
    const bool is_heard = (packet.entry->extras & kHidden) == 0;
    if (value(statistics.last_tick) != now && is_heard) set(statistics.last_tick, now);
    if (const auto* rtp = parse_rtp(payload)) measure_rtp(statistics, *rtp, microseconds);
  });
}

bool continues(const abi::FlowStatistics& statistics, const RtpHeader* rtp) {
  if (rtp == nullptr || value(statistics.rtp_packets) == 0 ||
      value(statistics.ssrc) != rtp->ssrc.host()) {
    return false;
  }
  const auto distance = sequence_distance(
      static_cast<std::uint16_t>(value(statistics.highest_sequence)), rtp->sequence.host());
  return distance > 0 && distance <= kReach;
}

}  // namespace mediaplane
