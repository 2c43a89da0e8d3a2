// SPDX-License-Identifier: BSD-2-Clause
#include "controlplane/call/reports.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>
#include <vector>

namespace mediaplane {
namespace {

using abi::Side;

template <typename T>
T value(const abi::Counter<T>& counter) {
  return counter.load(std::memory_order_relaxed);
}

// The RTP of one direction.
struct Direction {
  std::uint64_t packets = 0;
  std::uint64_t relayed = 0;
  std::uint64_t duplicates = 0;
  std::uint64_t lost = 0;
};

struct SessionReport {
  std::uint64_t ttl = 0;   // Seconds until the session ends if it stays silent.
  Direction from_speaker;  // The party that the command names first.
  Direction from_other;
};

// Accepted and sent on. A packet may be counted as accepted before it is counted as dropped.
std::uint64_t relayed(const abi::FlowStatistics& flow) {
  const std::uint64_t dropped = value(flow.dropped);
  const auto packets = value(flow.packets);
  return packets > dropped ? packets - dropped : 0;
}

Direction direction(const CallSession& session, Side side, const abi::Region& region) {
  const auto& flow =
      region.flow_statistics(abi::flow_index(session.id().index, side, abi::Component::kRtp));
  return {value(flow.packets), relayed(flow), value(flow.duplicates), abi::packets_lost(flow)};
}

SessionReport report_on(const Match& match, const abi::Region* region,
                        const IdleMonitor& idle_monitor) {
  const auto& session = *match.session;
  const auto seconds = [](auto time) { return static_cast<std::uint64_t>(time.count()); };
  if (region == nullptr) return {seconds(idle_monitor.timeout_of(session)), {}, {}};
  const auto side = match.speaker == Speaker::kCaller ? Side::kCaller : Side::kCallee;
  return {seconds(idle_monitor.time_left(session, *region)), direction(session, side, *region),
          direction(session, abi::other(side), *region)};
}

std::uint64_t received(const Direction& d) { return d.packets - std::min(d.packets, d.duplicates); }

struct NamedCounter {
  std::string_view name;
  std::uint64_t (*count)(const SessionReport& report);
};

constexpr std::array kCounters = {
    NamedCounter{"ttl", [](const SessionReport& r) { return r.ttl; }},
    NamedCounter{"npkts_ina", [](const SessionReport& r) { return r.from_speaker.packets; }},
    NamedCounter{"npkts_ino", [](const SessionReport& r) { return r.from_other.packets; }},
    NamedCounter{
        "nrelayed",
        [](const SessionReport& r) { return r.from_speaker.relayed + r.from_other.relayed; }},
    // Accepted, but there was nowhere to send them to.
    NamedCounter{"ndropped",
                 [](const SessionReport& r) {
                   const auto packets = r.from_speaker.packets + r.from_other.packets;
                   return packets -
                          std::min(packets, r.from_speaker.relayed + r.from_other.relayed);
                 }},
    NamedCounter{"rtpa_nsent",
                 [](const SessionReport& r) {
                   return received(r.from_speaker) + r.from_speaker.lost + received(r.from_other) +
                          r.from_other.lost;
                 }},
    NamedCounter{
        "rtpa_nrcvd",
        [](const SessionReport& r) { return received(r.from_speaker) + received(r.from_other); }},
    NamedCounter{
        "rtpa_ndups",
        [](const SessionReport& r) { return r.from_speaker.duplicates + r.from_other.duplicates; }},
    NamedCounter{"rtpa_nlost",
                 [](const SessionReport& r) { return r.from_speaker.lost + r.from_other.lost; }},
};
constexpr std::size_t kUsualCounters = 5;

std::optional<NamedCounter> counter_named(std::string_view name) {
  const auto* found = std::find_if(kCounters.begin(), kCounters.end(),
                                   [&](const auto& counter) { return counter.name == name; });
  return found == kCounters.end() ? std::nullopt : std::optional(*found);
}

Result<std::vector<NamedCounter>, ErrorCode> counters_of(const QueryCommand& command) {
  std::vector<NamedCounter> counters;
  for (const auto& name : command.counters) {
    const auto counter = counter_named(name);
    if (!counter) return failure(ErrorCode::kUnknownCounter);
    counters.push_back(*counter);
  }
  if (counters.empty()) counters.assign(kCounters.begin(), kCounters.begin() + kUsualCounters);
  return counters;
}

std::string line(std::string_view name, std::uint64_t number) {
  return std::string(name) + ": " + std::to_string(number) + "\n";
}

}  // namespace

PacketsBySide packets_of(const CallSession& session, const abi::Region* region) {
  auto packets = session.past_packets ? *session.past_packets : PacketsBySide{};
  if (region == nullptr) return packets;
  for (const auto side : {Side::kCallee, Side::kCaller}) {
    for (const auto component : {abi::Component::kRtp, abi::Component::kRtcp}) {
      const auto& flow =
          region->flow_statistics(abi::flow_index(session.id().index, side, component));
      packets[abi::index_of(side)] += {value(flow.packets), relayed(flow)};
    }
  }
  return packets;
}

std::string information(const InformationCommand& command, const SessionTotals& sessions,
                        const PacketTotals& packets) {
  auto text =
      line("sessions created", sessions.created) + line("active sessions", sessions.active) +
      line("active streams", 2 * sessions.active) + line("packets received", packets.received) +
      line("packets transmitted", packets.relayed);
  // Always zero, as it is in rtpproxy since load is nothing that a relay could tell.
  if (command.with_load) text += "average load: 0.000000\n";
  return text;
}

Result<std::string, ErrorCode> query(const QueryCommand& command, const Match& match,
                                     const abi::Region* region, const IdleMonitor& idle_monitor) {
  const auto counters = counters_of(command);
  if (!counters) return failure(counters.error());
  const auto report = report_on(match, region, idle_monitor);
  std::string text;
  for (const auto& counter : *counters) {
    if (!text.empty()) text += ' ';
    if (command.is_verbose) text += std::string(counter.name) + '=';
    text += std::to_string(counter.count(report));
  }
  return text + "\n";
}

}  // namespace mediaplane
