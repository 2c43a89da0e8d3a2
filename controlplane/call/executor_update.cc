// SPDX-License-Identifier: BSD-2-Clause
// U and L: from the plan over the confirmation to the store and the answer.
#include <memory>
#include <utility>

#include <spdlog/spdlog.h>

#include "controlplane/call/executor.h"
#include "controlplane/protocol/escape.h"
#include "controlplane/protocol/reply.h"

namespace mediaplane {
namespace {

ErrorCode no_port_error(const UpdatePlan& plan) {
  return plan.creates() ? ErrorCode::kNoPortForNewSession : ErrorCode::kNoPortForKnownSession;
}

}  // namespace

struct Executor::Update {
  UpdatePlan plan;
  bool creates;
  std::string call_id;
  std::string from_tag;
  Resources acquired;  // What the session did not have before.
  std::string codecs;  // Of the party whose address the command carries.
  Answer answer;
  std::array<std::unique_ptr<Recording>, abi::kSidesPerSession> recordings{};

  SessionExtra extra(const CallSession* known) const {
    auto extra = known == nullptr ? SessionExtra{} : extra_of(*known);
    extra[abi::index_of(other(plan.answer_side))].codecs = codecs;
    return extra;
  }
};

Progress Executor::update(const UpdateCommand& command, const Answer& answer, Time now) {
  const auto& [call_id, from_tag, to_tag] = command.parties;
  const auto answered = [&](const std::string& reply) {
    answer(reply);
    return Progress::kAnswered;
  };
  auto plan = plan_update(command, store_.sessions_of(call_id), settings_);
  if (!plan) return answered(error_reply(plan.error()));
  if (!*plan) return answered(number_reply(0));
  if (const auto error = refusal(**plan)) return answered(error_reply(*error));

  const bool creates = (*plan)->creates();
  auto acquired = acquire(**plan);
  if (!acquired) return answered(error_reply(acquired.error()));
  const auto& tag = creates ? from_tag : store_.find((*plan)->session.id)->from_tag;
  const auto change = std::make_shared<Update>(
      Update{**plan, creates, call_id, tag, std::move(*acquired), command.codecs, answer});
  if (creates && records_all_) record_all(*change);
  const auto* known = creates ? nullptr : store_.find((*plan)->session.id);
  const bool sent =
      delivery_.set(change->plan.session, call_id, change->from_tag,
                    extra_behind(change->extra(known), call_id, change->from_tag), now,
                    [this, change](Outcome outcome, Time then) { finish(*change, outcome, then); });
  if (!sent) return answered(error_reply(ErrorCode::kDataplaneAway));
  return Progress::kInFlight;
}

// A session that cannot be recorded is relayed all the same.
void Executor::record_all(Update& update) const {
  auto& session = update.plan.session;
  for (const auto side : {abi::Side::kCallee, abi::Side::kCaller}) {
    auto& recording = update.recordings[abi::index_of(side)];
    recording = open_recording(session.id, side, update.call_id, update.from_tag, false, false);
    if (!recording) continue;
    auto& flags = side_of(session, side).flags;
    flags = static_cast<std::uint16_t>(flags | media_.recorder->copied());
  }
}

// Why a change that is right in itself cannot be made now.
std::optional<ErrorCode> Executor::refusal(const UpdatePlan& plan) const {
  if (plan.creates() && is_draining_) return ErrorCode::kDraining;
  if (plan.creates() && is_short_of_memory_) return ErrorCode::kNoMemory;
  if (!delivery_.is_ready()) return ErrorCode::kDataplaneAway;
  return std::nullopt;
}

// Takes what the plan still needs from the pools and enters it in the plan.
Result<Resources, ErrorCode> Executor::acquire(UpdatePlan& plan) {
  Resources acquired;
  const auto error = no_port_error(plan);
  if (plan.creates()) {
    auto id = ids_.acquire();
    if (!id) return failure(error);
    plan.session.id = id->id();
    plan.session.created = next_created_++;
    acquired.id = std::move(*id);
  }
  if (plan.needs_udp_port()) {
    auto& side = side_of(plan.session, plan.answer_side);
    auto lease = udp_ports_.acquire(choices_for(side.local_address, settings_));
    if (!lease) return failure(error);
    side.local_address = lease->local_address();
    side.udp_port = lease->udp_port();
    acquired.udp_ports[abi::index_of(plan.answer_side)] = std::move(*lease);
  }
  return acquired;
}

void Executor::finish(Update& update, Outcome outcome, Time now) {
  const auto id = update.plan.session.id;
  switch (outcome) {
    case Outcome::kConfirmed:
      commit(update);
      update.answer(endpoint_reply(answer_endpoint(update.plan)));
      break;
    case Outcome::kNoRoom:
      spdlog::error("the data plane has no room for a session or its UDP ports");
      update.answer(error_reply(update.creates ? ErrorCode::kNoPortForNewSession
                                               : ErrorCode::kNoPortForKnownSession));
      break;
    case Outcome::kMissed:
      delivery_.reconcile(id, std::move(update.acquired), now, {});
      update.answer(error_reply(ErrorCode::kDataplaneAway));
      break;
    case Outcome::kRefused:
      spdlog::error("the data plane refuses a session: call-id {}", escaped(update.call_id));
      update.answer(error_reply(ErrorCode::kDataplaneAway));
      break;
  }
  queue_.release(update.call_id, now);
}

void Executor::commit(Update& update) {
  const auto& plan = update.plan;
  const auto address_side = other(plan.answer_side);
  if (update.creates) {
    auto& session = store_.insert({update.call_id,
                                   update.from_tag,
                                   plan.session,
                                   std::move(update.acquired),
                                   {present_tick(), present_tick()}});
    session.keep_codecs(address_side, std::move(update.codecs));
    for (const auto side : {abi::Side::kCallee, abi::Side::kCaller}) {
      auto& recording = update.recordings[abi::index_of(side)];
      if (recording) session.media_of(side).recording = std::move(recording);
    }
    ++sessions_created_;
    spdlog::info("session created: call-id {} from-tag {} at {}", escaped(update.call_id),
                 escaped(update.from_tag), to_string(answer_endpoint(plan)));
    return;
  }
  auto& session = *store_.find(plan.session.id);
  session.state = plan.session;
  session.keep_codecs(address_side, std::move(update.codecs));
  session.refreshed.fill(present_tick());
  const auto side = abi::index_of(plan.answer_side);
  if (update.acquired.udp_ports[side]) {
    session.resources.udp_ports[side] = std::move(update.acquired.udp_ports[side]);
  }
}

Endpoint Executor::answer_endpoint(const UpdatePlan& plan) const {
  const auto& side = side_of(plan.session, plan.answer_side);
  return {settings_.advertised_addresses[side.local_address], side.udp_port};
}

}  // namespace mediaplane
