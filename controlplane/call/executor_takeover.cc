// SPDX-License-Identifier: BSD-2-Clause
// What becomes of the sessions that a data plane has when it attaches.
//
// A control plane that has just been started takes them over: everything that it needs stands in
// the call records, which are read while the data plane stands still (nothing but our commands
// changes them). Ids and UDP ports are claimed, so that none is handed out twice; recordings and
// prompts go on. What makes no sense, or cannot be ours, is removed.
//
// One that has been at work before knows better than any record: the data plane gets all of its
// sessions, and loses those that it does not know.
#include <algorithm>
#include <utility>

#include <spdlog/spdlog.h>

#include "controlplane/call/executor.h"
#include "controlplane/protocol/escape.h"

namespace mediaplane {
namespace {

using abi::Side;

constexpr std::uint16_t kCopyFlags = abi::kCopyRtp | abi::kCopyRtcp;
constexpr std::array kSides = {Side::kCallee, Side::kCaller};

// The order of creation. Numbers wrap, but not within the life of a call.
bool is_older(const RecordedCall& a, const RecordedCall& b) {
  return static_cast<std::int32_t>(a.session.created - b.session.created) < 0;
}

// The data plane that we lost is back with all it had counted, which was taken for the past.
void forget_past(CallSession& session, const abi::Region& region) {
  if (!session.past_packets) return;
  auto whole = *session.past_packets;
  session.past_packets.reset();
  const auto present = packets_of(session, &region);
  for (std::size_t i = 0; i < whole.size(); ++i) {
    whole[i].received -= std::min(whole[i].received, present[i].received);
    whole[i].relayed -= std::min(whole[i].relayed, present[i].relayed);
  }
  session.past_packets = std::make_unique<PacketsBySide>(whole);
}

std::string name_of(const RecordedCall& call) {
  return "call-id " + escaped(call.call_id) + " from-tag " + escaped(call.from_tag);
}

}  // namespace

// All that the records of the data plane say. `broken` gets the ids of what they say badly.
std::vector<RecordedCall> Executor::recorded_calls(std::vector<abi::SessionId>& broken) const {
  const auto& region = *link_.region();
  std::vector<RecordedCall> calls;
  for (std::uint32_t index = 0; index < store_.capacity(); ++index) {
    auto call = read_call_record(region, index);
    if (!call) {
      spdlog::error("call record {} is not taken over: {}", index, call.error());
      broken.push_back({index, region.call_record(index).session.id.generation});
    } else if (*call) {
      calls.push_back(std::move(**call));
    }
  }
  return calls;
}

std::vector<abi::SessionId> Executor::take_over() {
  has_taken_over_ = true;
  std::vector<abi::SessionId> changed;
  auto calls = recorded_calls(changed);
  std::ranges::sort(calls, is_older);
  std::size_t taken = 0;
  for (auto& call : calls) {
    const auto id = call.session.id;
    auto session = adopt(call);
    if (!session) {
      spdlog::error("session not taken over, and removed: {}: {}", name_of(call), session.error());
      changed.push_back(id);
      continue;
    }
    ++taken;
    const auto extra = decoded_extra(call.extra);
    const PacketsBySide past{extra[0].past_packets, extra[1].past_packets};
    if (past != PacketsBySide{}) (*session)->past_packets = std::make_unique<PacketsBySide>(past);
    bool is_changed = false;
    for (const auto side : kSides) {
      const auto& own = extra[abi::index_of(side)];
      (*session)->keep_codecs(side, own.codecs);
      is_changed |= resume_recording(**session, side, own.is_in_one_file);
      is_changed |= resume_prompt(**session, side, own.prompt);
    }
    if (is_changed) changed.push_back(id);
  }
  if (!calls.empty()) {
    next_created_ = calls.back().session.created + 1;
    spdlog::info("{} sessions taken over from the data plane, {} not", taken, calls.size() - taken);
  }
  sessions_created_ += taken;
  return changed;
}

Result<CallSession*, std::string> Executor::adopt(RecordedCall& call) {
  auto& state = call.session;
  const auto same_call = store_.sessions_of(call.call_id);
  if (std::ranges::any_of(same_call,
                          [&](auto* other) { return other->from_tag == call.from_tag; })) {
    return failure(std::string("there is another one of that name"));
  }
  Resources resources;
  auto id = ids_.claim(state.id);
  if (!id) return failure(std::string("its id is taken"));
  resources.id = std::move(*id);
  for (std::size_t i = 0; i < abi::kSidesPerSession; ++i) {
    const auto& side = state.sides[i];
    if (side.local_address >= settings_.local_addresses.size()) {
      return failure(std::string("no such local address"));
    }
    if (side.udp_port == 0) continue;
    auto lease = udp_ports_.claim(side.local_address, side.udp_port);
    if (!lease) return failure("UDP port " + std::to_string(side.udp_port) + " is taken");
    resources.udp_ports[i] = std::move(*lease);
  }
  // These were for the data plane that got them; what it has learned it knows by itself.
  for (auto& side : state.sides) side.learned_rtp = side.learned_rtcp = Endpoint{};
  return &store_.insert(
      {call.call_id, call.from_tag, state, std::move(resources), {present_tick(), present_tick()}});
}

bool Executor::resume_recording(CallSession& session, Side side, bool in_one_file) {
  auto& flags = side_of(session.state, side).flags;
  const auto before = flags;
  if ((flags & kCopyFlags) == 0) return false;
  flags = static_cast<std::uint16_t>(flags & ~kCopyFlags);
  auto& media = session.media_of(side);
  media.recording =
      open_recording(session.id(), side, session.call_id, session.from_tag, in_one_file, true);
  if (media.recording) {
    media.is_in_one_file = in_one_file;
    flags = static_cast<std::uint16_t>(flags | media_.recorder->copied());
  } else {
    spdlog::error("a recording ends: call-id {} from-tag {}", escaped(session.call_id),
                  escaped(session.from_tag));
  }
  return flags != before;
}

// The data plane has let the party hear its peer meanwhile.
bool Executor::resume_prompt(CallSession& session, Side side, std::optional<PromptOrder> prompt) {
  auto& flags = side_of(session.state, side).flags;
  const auto before = flags;
  flags = static_cast<std::uint16_t>(flags & ~abi::kPlaying);
  if (!prompt) return flags != before;
  auto& media = session.media_of(side);
  if (media_.player != nullptr) media.playback = media_.player->open(*prompt, session.id(), side);
  if (!media.playback) {
    spdlog::error("prompt {} ends: call-id {} from-tag {}", escaped(prompt->stem),
                  escaped(session.call_id), escaped(session.from_tag));
    return true;  // The record shall forget it.
  }
  media.prompt = std::make_unique<PromptOrder>(std::move(*prompt));
  media.is_due = true;
  flags = static_cast<std::uint16_t>(flags | abi::kPlaying);
  listeners_[abi::flow_index(session.id().index, side, abi::Component::kRtp)] = session.id();
  return true;
}

std::vector<abi::SessionId> Executor::reconcile_all() {
  std::vector<abi::SessionId> changed;
  for (const auto& call : recorded_calls(changed)) {
    // What we do not know goes first: it may stand in the way of what we do.
    if (store_.find(call.session.id) == nullptr) changed.push_back(call.session.id);
  }
  const auto& region = *link_.region();
  const bool is_same = region.layout().instance == last_instance_;
  for (const auto id : store_.ids()) {
    if (is_same) forget_past(*store_.find(id), region);
    changed.push_back(id);
  }
  return changed;
}

}  // namespace mediaplane
