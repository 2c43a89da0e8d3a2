// SPDX-License-Identifier: BSD-2-Clause
#include "dataplane/housekeeper/sessions.h"

#include <algorithm>
#include <new>
#include <utility>

#include "dataplane/housekeeper/compose.h"

namespace mediaplane {
namespace {

using abi::Component;
using abi::Side;
using abi::Status;

constexpr std::array kSides = {Side::kCallee, Side::kCaller};
constexpr std::array kComponents = {Component::kRtp, Component::kRtcp};

// Equal but for the generation.
bool is_same(const FlowEntry& a, const FlowEntry& b) {
  constexpr auto kSkip = sizeof(FlowEntry::generation);
  return std::memcmp(reinterpret_cast<const std::byte*>(&a) + kSkip,
                     reinterpret_cast<const std::byte*>(&b) + kSkip,
                     sizeof(FlowEntry) - kSkip) == 0;
}

}  // namespace

Sessions::Sessions(Shared& shared, const Routes& routes, NeighbourTable& neighbours,
                   OnLearned on_learned)
    : shared_(shared),
      routes_(routes),
      neighbours_(neighbours),
      on_learned_(std::move(on_learned)),
      records_(shared.region),
      sessions_(shared.region.layout().session_capacity) {}

bool Sessions::is_side_valid(const abi::SideState& side) const {
  const auto family_known = [](const Endpoint& endpoint) {
    const auto family = endpoint.ip.family;
    return !endpoint.is_set() || family == IpFamily::kIpv4 || family == IpFamily::kIpv6;
  };
  return side.local_address < routes_.local_addresses().size() && side.udp_port % 2 == 0 &&
         static_cast<std::uint8_t>(side.learning) < abi::kLearningModes &&
         (side.flags & ~abi::kSideFlags) == 0 && family_known(side.signalled) &&
         family_known(side.learned_rtp) && family_known(side.learned_rtcp);
}

// The key leads to nobody, or to this session already.
bool Sessions::is_free_for(const FlowKey& key, std::uint32_t session) const {
  const auto* entry = shared_.table.find(key);
  return entry == nullptr || abi::session_of(entry->flow) == session;
}

Status Sessions::check(const abi::Session& session, std::span<const std::byte> identifiers) const {
  if (session.id.index >= sessions_.size() || session.id.generation == 0 ||
      session.identifiers_length() != identifiers.size() ||
      !std::all_of(std::begin(session.sides), std::end(session.sides),
                   [&](const auto& side) { return is_side_valid(side); })) {
    return Status::kMalformed;
  }
  const auto& present = sessions_[session.id.index];
  if (present.is_used() && present.id != session.id) return Status::kStale;
  const auto& [callee, caller] = session.sides;
  if (callee.udp_port != 0 && callee.udp_port == caller.udp_port &&
      callee.local_address == caller.local_address) {
    return Status::kMalformed;
  }
  for (const auto& side : session.sides) {
    if (side.udp_port == 0) continue;
    for (const auto component : kComponents) {
      if (!is_free_for(key_of(side, component), session.id.index)) return Status::kUdpPortInUse;
    }
  }
  // Entries and key slots that still wait for their grace period; it ends within a millisecond.
  shared_.table.reclaim();
  return shared_.table.free_entries() < abi::kFlowsPerSession ? Status::kTableFull : Status::kDone;
}

Status Sessions::set(const abi::Session& wish, std::span<const std::byte> identifiers, Tick now) {
  const auto status = check(wish, identifiers);
  if (status != Status::kDone) return status;
  if (!records_.store_session(wish, identifiers)) return Status::kTableFull;
  auto& session = sessions_[wish.id.index];
  const bool is_new = !session.is_used();
  if (is_new) begin(session, wish.id);
  if (is_new) restore_learned(session, now);
  withdraw_moved(session, now);
  refresh(session, now);
  return Status::kDone;
}

void Sessions::begin(SessionState& session, abi::SessionId id) {
  session = {};
  session.id = id;
  session.record = &shared_.region.call_record(id.index).session;
  session.first_entry = shared_.table.next_generation();
  reset_flows(id.index);
  ++count_;
  ++created_;
}

// What an earlier life of the data plane had learned is taken and locked again.
void Sessions::restore_learned(SessionState& session, Tick now) {
  for (const auto side : kSides) {
    for (const auto component : kComponents) {
      const auto& state = session.side(side);
      const auto& learned = component == Component::kRtp ? state.learned_rtp : state.learned_rtcp;
      if (!learned.is_set()) continue;
      auto& flow = session.flow(side, component);
      flow.policy = policy_of(session, side, component);
      LatchState latch;
      latch.hold = LatchState::Hold::kLocked;
      latch.present.source = learned;
      latch.present.last = now;
      adopt(session, abi::flow_index(session.id.index, side, component), latch);
    }
  }
}

Status Sessions::remove(abi::SessionId id, Tick now) {
  if (id.index >= sessions_.size()) return Status::kMalformed;
  auto& session = sessions_[id.index];
  if (id.generation == 0 || session.id != id) return Status::kStale;
  end(session, now);
  return Status::kDone;
}

void Sessions::end(SessionState& session, Tick now) {
  for (std::uint32_t i = 0; i < abi::kFlowsPerSession; ++i) {
    const auto flow = session.id.index * abi::kFlowsPerSession + i;
    unpublish(session.flows[i], now);
    shared_.fingerprints[flow].store(0, std::memory_order_relaxed);
    shared_.region.learned_endpoint(flow).write({});
  }
  records_.erase(session.id.index);
  session = {};
  --count_;
}

void Sessions::unpublish(FlowState& flow, Tick now) {
  if (flow.entry == nullptr) return;
  neighbours_.release(flow.entry->neighbour, now);
  shared_.table.remove(flow.key(), flow.entry);
  flow.entry = nullptr;
}

// A side that got other UDP ports, or none, leaves the old keys first.
void Sessions::withdraw_moved(SessionState& session, Tick now) {
  for (const auto side : kSides) {
    for (const auto component : kComponents) {
      auto& flow = session.flow(side, component);
      const auto& state = session.side(side);
      if (state.udp_port == 0 || flow.key() != key_of(state, component)) unpublish(flow, now);
    }
  }
}

void Sessions::refresh_policies(SessionState& session, Tick now) {
  for (const auto side : kSides) {
    for (const auto component : kComponents) {  // RTP first: RTCP follows it.
      auto& flow = session.flow(side, component);
      const auto policy = policy_of(session, side, component);
      const auto next = after_policy(flow.policy, policy, flow.latch.load(), now);
      flow.policy = policy;
      adopt(session, abi::flow_index(session.id.index, side, component), next);
    }
  }
}

void Sessions::refresh(SessionState& session, Tick now) {
  refresh_policies(session, now);
  for (const auto side : kSides) {
    for (const auto component : kComponents) publish(session, side, component, now);
  }
}

NeighbourIndex Sessions::neighbour_of(const SessionState& session, Side side,
                                      const Endpoint& destination, Tick now) {
  const auto& from = routes_.local_addresses()[session.side(other(side)).local_address];
  if (destination.ip.family != from.ip.family) return kNoNeighbour;
  const auto hop = routes_.next_hop(from, destination.ip);
  if (!hop) return kNoNeighbour;
  return neighbours_.acquire(from.ethdev, *hop, {from.mac, from.ip}, now);
}

void Sessions::publish(SessionState& session, Side side, Component component, Tick now) {
  if (session.side(side).udp_port == 0) return;
  auto& flow = session.flow(side, component);
  auto* entry = shared_.table.draft();
  if (entry == nullptr) return unpublished_.push_back(session.id.index);
  compose(*entry, session, side, component, routes_.local_addresses());
  entry->neighbour = neighbour_of(session, side, destination_of(session, side, component), now);
  if (flow.entry != nullptr && is_same(*flow.entry, *entry)) {
    neighbours_.release(entry->neighbour, now);
    shared_.table.discard(entry);
    return;
  }
  const auto key = key_of(session.side(side), component);
  flow.local_address = key.local_address;
  flow.udp_port = key.udp_port;
  const auto old_neighbour = flow.entry == nullptr ? kNoNeighbour : flow.entry->neighbour;
  if (!shared_.table.publish(key, entry, flow.entry)) {  // The hash has no way to place it.
    neighbours_.release(entry->neighbour, now);
    shared_.table.discard(entry);
    return unpublished_.push_back(session.id.index);
  }
  neighbours_.release(old_neighbour, now);
  flow.entry = entry;
}

bool Sessions::adopt(SessionState& session, abi::FlowIndex index, const LatchState& next) {
  auto& flow = session.flows[index % abi::kFlowsPerSession];
  const auto present = flow.latch.load();
  const auto before = view_of(flow.policy, present);
  const bool same_holder = next.present.source == present.present.source;
  flow.latch.store(next);
  if (next.is_waiting() && !flow.waiting) {
    flow.waiting = true;
    waiting_.push_back(index);
  }
  if (!same_holder) {
    const auto& source = next.present.source;
    shared_.fingerprints[index].store(source.is_set() ? fingerprint_of(source) : 0,
                                      std::memory_order_relaxed);
  }
  const auto view = view_of(flow.policy, next);
  if (view.source != before.source) {
    shared_.region.learned_endpoint(index).write(view.source);
    on_learned_({session.id, abi::side_of(index), abi::component_of(index), 0, view.source});
  }
  return view != before;
}

LastAccepted Sessions::last_accepted(abi::FlowIndex index) const {
  const auto& statistics = shared_.region.flow_statistics(index);
  const auto value = [](const auto& counter) { return counter.load(std::memory_order_relaxed); };
  LastAccepted last;
  last.any = value(statistics.packets) != 0;
  last.rtp = value(statistics.rtp_packets) != 0;
  last.tick = value(statistics.last_tick);
  last.ssrc = value(statistics.ssrc);
  last.sequence = static_cast<std::uint16_t>(value(statistics.highest_sequence));
  return last;
}

void Sessions::learn(const LearningEvent& event, Tick now) {
  auto& session = sessions_[abi::session_of(event.flow)];
  const bool older = static_cast<std::int32_t>(event.generation - session.first_entry) < 0;
  if (!session.is_used() || older) return;
  auto& flow = session.flows[event.flow % abi::kFlowsPerSession];
  if (flow.entry == nullptr) return;
  const Datagram datagram{event.source,
                          event.tick,
                          event.ssrc,
                          event.sequence,
                          event.rtp != 0,
                          (event.flags & kEventRelayed) != 0,
                          (event.flags & kEventSprayer) != 0};
  const auto next =
      after_datagram(flow.policy, flow.latch.load(), datagram, last_accepted(event.flow));
  if (adopt(session, event.flow, next)) refresh(session, now);
}

void Sessions::refresh_unpublished(Tick now) {
  auto sessions = std::exchange(unpublished_, {});
  std::ranges::sort(sessions);
  sessions.erase(std::unique(sessions.begin(), sessions.end()), sessions.end());
  for (const auto index : sessions) {
    if (sessions_[index].is_used()) refresh(sessions_[index], now);
  }
}

void Sessions::tick(Tick now) {
  refresh_unpublished(now);
  const auto flows = std::move(waiting_);
  waiting_.clear();
  for (const auto index : flows) {
    auto& session = sessions_[abi::session_of(index)];
    auto& flow = session.flows[index % abi::kFlowsPerSession];
    if (!session.is_used() || !flow.waiting) continue;
    flow.waiting = false;
    const auto next = after_time(flow.policy, flow.latch.load(), now, last_accepted(index));
    if (adopt(session, index, next)) refresh(session, now);
  }
}

void Sessions::reset_flows(std::uint32_t session) {
  for (std::uint32_t i = 0; i < abi::kFlowsPerSession; ++i) {
    const auto flow = session * abi::kFlowsPerSession + i;
    // A worker with a retired entry may still count for the former session, or set the fingerprint.
    shared_.region.flow_statistics(flow).reset();
    shared_.fingerprints[flow].store(0, std::memory_order_relaxed);
  }
}

}  // namespace mediaplane
