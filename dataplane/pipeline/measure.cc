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

void measure_jitter(abi::FlowStatistics& statistics, const RtpHeader& rtp,
                    std::uint64_t microseconds) {
  const auto rate = rtp_clock_rate(rtp.payload_type());
  if (rate == 0) return;
  const auto transit = transit_of(rtp, rate, microseconds);
  const auto difference = static_cast<std::int32_t>(transit - value(statistics.transit));
  const auto distance = static_cast<std::uint32_t>(difference < 0 ? -difference : difference);
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

// Bit N of the window stands for the sequence number N below the highest.
inline void continue_stream(abi::FlowStatistics& statistics, const RtpHeader& rtp, int distance,
                            std::uint64_t microseconds) {
  auto window = value(statistics.window);
  if (distance > 0) {
    window = distance < kWindow ? window << distance | 1 : 1;
    set(statistics.highest_sequence,
        value(statistics.highest_sequence) + static_cast<std::uint32_t>(distance));
    measure_jitter(statistics, rtp, microseconds);
  } else if (-distance < kWindow) {
    const auto bit = std::uint64_t{1} << -distance;
    if ((window & bit) != 0) {
      abi::add(statistics.duplicates, std::uint32_t{1});
      return;
    }
    window |= bit;
  }
  set(statistics.window, window);
  abi::add(statistics.rtp_packets, std::uint32_t{1});
}

[[gnu::always_inline]] inline void count_one(abi::FlowStatistics& statistics,
                                             std::span<const std::byte> payload,
                                             const Arrival& arrival) {
  abi::add(statistics.packets, std::uint64_t{1});
  abi::add(statistics.bytes, std::uint64_t{payload.size()});
  if (value(statistics.last_tick) != arrival.tick) set(statistics.last_tick, arrival.tick);
  const auto* rtp = parse_rtp(payload);
  if (rtp == nullptr) return;
  const int distance = sequence_distance(
      static_cast<std::uint16_t>(value(statistics.highest_sequence)), rtp->sequence.host());
  const bool same_stream = value(statistics.rtp_packets) != 0 &&
                           value(statistics.ssrc) == rtp->ssrc.host() && distance <= kMaxDropout &&
                           distance >= -kMaxDropout;
  if (same_stream) {
    continue_stream(statistics, *rtp, distance, arrival.microseconds);
  } else {
    begin_stream(statistics, *rtp, arrival.microseconds);
  }
}

}  // namespace

void measure(abi::FlowStatistics& statistics, std::span<const std::byte> payload,
             const Arrival& arrival) {
  count_one(statistics, payload, arrival);
}

void measure(Burst& burst, const WorkerContext& context) {
  for (std::uint32_t j = 0; j < burst.active_count; ++j) {
    const auto i = burst.active[j];
    auto& statistics = *burst.statistics[i];
    const bool is_heard = (burst.entries[i]->extras & kHidden) == 0;
    const Tick tick = is_heard ? context.now : value(statistics.last_tick);
    count_one(statistics, burst.packets[i].payload(), {tick, context.microseconds});
  }
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
