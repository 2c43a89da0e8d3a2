// SPDX-License-Identifier: BSD-2-Clause
#include "dataplane/pipeline/measure.h"

namespace mediaplane {
namespace {

constexpr std::int16_t kReach = 512;

template <typename T>
T value(const abi::Counter<T>& counter) {
  return counter.load(std::memory_order_relaxed);
}

template <typename T>
void set(abi::Counter<T>& counter, T to) {
  counter.store(to, std::memory_order_relaxed);
}

void begin_stream(abi::FlowStatistics& statistics, const RtpHeader& rtp) {
  if (value(statistics.rtp_packets) != 0) {
    const auto expected = value(statistics.highest_sequence) - value(statistics.base_sequence) + 1;
    const auto received = value(statistics.rtp_packets);
    if (expected > received) abi::add(statistics.lost_before, expected - received);
  }
  set(statistics.ssrc, rtp.ssrc.host());
  set(statistics.base_sequence, std::uint32_t{rtp.sequence.host()});
  set(statistics.highest_sequence, std::uint32_t{rtp.sequence.host()});
  set(statistics.rtp_packets, std::uint32_t{1});
}

void continue_stream(abi::FlowStatistics& statistics, const RtpHeader& rtp) {
  const auto highest = value(statistics.highest_sequence);
  const auto distance = sequence_distance(static_cast<std::uint16_t>(highest), rtp.sequence.host());
  if (distance > 0) {
    set(statistics.highest_sequence, highest + static_cast<std::uint32_t>(distance));
  } else if (distance == 0) {
    abi::add(statistics.duplicates, std::uint32_t{1});
    return;
  }
  abi::add(statistics.rtp_packets, std::uint32_t{1});
}

}  // namespace

void measure(abi::FlowStatistics& statistics, std::span<const std::byte> payload, Tick now) {
  abi::add(statistics.packets, std::uint64_t{1});
  abi::add(statistics.bytes, std::uint64_t{payload.size()});
  if (value(statistics.last_tick) != now) set(statistics.last_tick, now);
  const auto rtp = parse_rtp(payload);
  if (!rtp) return;
  if (value(statistics.rtp_packets) == 0 || value(statistics.ssrc) != rtp->ssrc.host()) {
    begin_stream(statistics, *rtp);
  } else {
    continue_stream(statistics, *rtp);
  }
}

bool continues(const abi::FlowStatistics& statistics, const std::optional<RtpHeader>& rtp) {
  if (!rtp || value(statistics.rtp_packets) == 0 || value(statistics.ssrc) != rtp->ssrc.host()) {
    return false;
  }
  const auto distance = sequence_distance(
      static_cast<std::uint16_t>(value(statistics.highest_sequence)), rtp->sequence.host());
  return distance > 0 && distance <= kReach;
}

}  // namespace mediaplane
