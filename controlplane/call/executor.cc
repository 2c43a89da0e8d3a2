// SPDX-License-Identifier: BSD-2-Clause
#include "controlplane/call/executor.h"

#include <algorithm>
#include <utility>

#include "controlplane/call/reports.h"
#include "controlplane/protocol/capabilities.h"
#include "controlplane/protocol/parse.h"
#include "controlplane/protocol/reply.h"

namespace mediaplane {
namespace {

// Calls the one of `functions` that takes the alternative at hand.
template <typename... Functions>
struct Overloaded : Functions... {
  using Functions::operator()...;
};
template <typename... Functions>
Overloaded(Functions...) -> Overloaded<Functions...>;

bool concerns_calls(const Command& command) {
  return !std::holds_alternative<VersionCommand>(command) &&
         !std::holds_alternative<CapabilityCommand>(command) &&
         !std::holds_alternative<InformationCommand>(command);
}

}  // namespace

Executor::Executor(const Config& config, DataplaneLink& link, MediaServices media)
    : settings_(settings_of(config)),
      link_(link),
      media_(media),
      udp_ports_(settings_.local_addresses.size(), config.media.first_udp_port,
                 config.media.last_udp_port, config.media.udp_port_order),
      ids_(config.dataplane.max_sessions, SecureRandom().next()),
      store_(config.dataplane.max_sessions),
      delivery_(link, store_),
      idle_monitor_({config.media.idle_timeout, config.media.setup_timeout,
                     config.media.each_direction_times_out}),
      records_all_(config.recording.all) {}

void Executor::execute(std::string_view text, Time now, Answer answer) {
  udp_ports_.advance(now);
  const auto command = parse_command(text, {settings_.is_bridging});
  if (command) {
    dispatch(*command, now, std::move(answer));
  } else {
    answer(error_reply(command.error()));
  }
}

void Executor::dispatch(const Command& command, Time now, Answer answer) {
  // Before the first attachment nobody knows which calls there are: those of a former control plane
  // may be in the data plane, and "no such call" would be a lie.
  if (!has_been_ready_ && concerns_calls(command)) {
    return answer(error_reply(ErrorCode::kDataplaneAway));
  }
  std::visit(Overloaded{
                 [&](const VersionCommand&) { answer(std::string(kProtocolVersion) + "\n"); },
                 [&](const CapabilityCommand& asked) {
                   answer(number_reply(has_capability(asked.date) ? 1 : 0));
                 },
                 [&](const UpdateCommand& wanted) {
                   queue_.run(wanted.parties.call_id, now,
                              [=, this](Time then) { return update(wanted, answer, then); });
                 },
                 [&](const DeleteCommand& wanted) {
                   queue_.run(wanted.parties.call_id, now,
                              [=, this](Time then) { return remove(wanted, answer, then); });
                 },
                 [&](const PlayCommand& wanted) {
                   queue_.run(wanted.parties.call_id, now,
                              [=, this](Time then) { return play(wanted, answer, then); });
                 },
                 [&](const StopCommand& wanted) {
                   queue_.run(wanted.parties.call_id, now,
                              [=, this](Time then) { return stop(wanted, answer, then); });
                 },
                 [&](const RecordCommand& wanted) {
                   queue_.run(wanted.parties.call_id, now,
                              [=, this](Time then) { return record(wanted, answer, then); });
                 },
                 [&](const EndRecordingCommand& wanted) {
                   queue_.run(wanted.parties.call_id, now,
                              [=, this](Time then) { return end_recording(wanted, answer, then); });
                 },
                 [&](const DeleteAllCommand&) { remove_all(answer, now); },
                 [&](const InformationCommand& wanted) { answer(answer_to(wanted)); },
                 [&](const QueryCommand& wanted) {
                   queue_.run(wanted.parties.call_id, now, [=, this](Time) {
                     answer(answer_to(wanted));
                     return Progress::kAnswered;
                   });
                 },
             },
             command);
}

std::string Executor::answer_to(const QueryCommand& wanted) const {
  const auto match = find_one(store_.sessions_of(wanted.parties.call_id), wanted.parties);
  if (!match) return error_reply(ErrorCode::kNoSuchSession);
  const auto reply = query(wanted, *match, link_.region(), idle_monitor_);
  return reply ? *reply : error_reply(reply.error());
}

std::string Executor::answer_to(const InformationCommand& wanted) const {
  auto packets = past_packets_;
  for (const auto id : store_.ids()) {
    for (const auto& side : packets_of(*store_.find(id), link_.region())) packets += side;
  }
  return information(wanted, {sessions_created_, store_.size()}, packets);
}

void Executor::tick(Time now) {
  udp_ports_.advance(now);
  delivery_.tick(now);
  look_after_playbacks(now);
  sweep(now);
}

// As many as the time since the last tick is worth: a hundred thousand sessions at once would keep
// commands waiting.
void Executor::sweep(Time now) {
  constexpr std::chrono::nanoseconds kRound = std::chrono::seconds(1);
  const auto capacity = store_.capacity();
  const auto passed = std::min<Time::duration>(now - swept_until_, kRound);
  auto due = static_cast<std::uint32_t>(passed * capacity / kRound);
  if (due == 0) return;
  swept_until_ = now - (passed - due * kRound / capacity);
  for (; due > 0;) {
    const auto count = std::min(due, capacity - next_to_sweep_);
    end_idle_sessions(next_to_sweep_, count, now);
    next_to_sweep_ = (next_to_sweep_ + count) % capacity;
    due -= count;
  }
}

void Executor::end_idle_sessions(std::uint32_t first, std::uint32_t count, Time now) {
  if (!delivery_.is_ready()) return;
  for (const auto id : idle_monitor_.sweep(store_, *link_.region(), first, count)) {
    // A command in flight is about to refresh the session, or to end it.
    if (!queue_.is_busy(store_.find(id)->call_id)) end(id, "timed out", now, {});
  }
}

std::string Executor::status() const {
  const auto count = store_.size();
  return std::to_string(count) + (count == 1 ? " session" : " sessions") +
         (delivery_.is_ready() ? ", data plane attached" : ", data plane away") +
         (is_draining_ ? ", draining" : "");
}

Tick Executor::present_tick() const {
  return link_.region()->header().tick.load(std::memory_order_relaxed);
}

}  // namespace mediaplane
