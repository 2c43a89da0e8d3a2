// SPDX-License-Identifier: BSD-2-Clause
#include "controlplane/call/executor.h"

#include <memory>
#include <utility>

#include <spdlog/spdlog.h>

#include "controlplane/protocol/capabilities.h"
#include "controlplane/protocol/escape.h"
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
  Answer answer;
};

Executor::Executor(const Config& config, DataplaneLink& link)
    : settings_{config.local_addresses(), config.media.learning, config.media.tos},
      link_(link),
      udp_ports_(settings_.local_addresses.size(), config.media.first_udp_port,
                 config.media.last_udp_port, config.media.udp_port_order),
      ids_(config.dataplane.max_sessions, SecureRandom().next()),
      store_(config.dataplane.max_sessions),
      delivery_(link, store_),
      idle_monitor_(config.media.idle_timeout) {}

void Executor::execute(std::string_view text, Time now, Answer answer) {
  udp_ports_.advance(now);
  const auto command = parse_command(text);
  if (command) {
    dispatch(*command, now, std::move(answer));
  } else {
    answer(error_reply(command.error()));
  }
}

void Executor::dispatch(const Command& command, Time now, Answer answer) {
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
             },
             command);
}

Progress Executor::update(const UpdateCommand& command, const Answer& answer, Time now) {
  const auto& [call_id, from_tag, to_tag] = command.parties;
  const auto answered = [&](const std::string& reply) {
    answer(reply);
    return Progress::kAnswered;
  };
  auto plan = plan_update(command, store_.sessions_of(call_id), settings_);
  if (!plan) return answered(error_reply(plan.error()));
  if (!*plan) return answered(number_reply(0));
  if (!delivery_.is_ready()) return answered(error_reply(ErrorCode::kDataplaneAway));

  const bool creates = (*plan)->creates();
  auto acquired = acquire(**plan);
  if (!acquired) return answered(error_reply(acquired.error()));
  const auto& tag = creates ? from_tag : store_.find((*plan)->session.id)->from_tag;
  const auto change =
      std::make_shared<Update>(Update{**plan, creates, call_id, tag, std::move(*acquired), answer});
  const bool sent =
      delivery_.set(change->plan.session, call_id, change->from_tag, now,
                    [this, change](Outcome outcome, Time then) { finish(*change, outcome, then); });
  if (!sent) return answered(error_reply(ErrorCode::kDataplaneAway));
  return Progress::kInFlight;
}

// Takes what the plan still needs from the pools and enters it in the plan.
Result<Resources, ErrorCode> Executor::acquire(UpdatePlan& plan) {
  Resources acquired;
  const auto error = no_port_error(plan);
  if (plan.creates()) {
    auto id = ids_.acquire();
    if (!id) return failure(error);
    plan.session.id = id->id();
    acquired.id = std::move(*id);
  }
  if (plan.needs_udp_port()) {
    auto& side = side_of(plan.session, plan.answer_side);
    auto lease = udp_ports_.acquire(side.local_address);
    if (!lease) return failure(error);
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
      update.answer(answer_to(update.plan));
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
  if (update.creates) {
    store_.insert({update.call_id, update.from_tag, plan.session, std::move(update.acquired),
                   present_tick()});
    spdlog::info("session created: call-id {} from-tag {} at {}", escaped(update.call_id),
                 escaped(update.from_tag), answer_to(plan).substr(0, answer_to(plan).size() - 1));
    return;
  }
  auto& session = *store_.find(plan.session.id);
  session.state = plan.session;
  session.refreshed = present_tick();
  const auto side = abi::index_of(plan.answer_side);
  if (update.acquired.udp_ports[side]) {
    session.resources.udp_ports[side] = std::move(update.acquired.udp_ports[side]);
  }
}

std::string Executor::answer_to(const UpdatePlan& plan) const {
  const auto& side = side_of(plan.session, plan.answer_side);
  return endpoint_reply({settings_.local_addresses[side.local_address], side.udp_port});
}

Progress Executor::remove(const DeleteCommand& command, const Answer& answer, Time now) {
  const auto& call_id = command.parties.call_id;
  const auto plans = plan_delete(command, store_.sessions_of(call_id));
  if (!plans) {
    answer(error_reply(plans.error()));
    return Progress::kAnswered;
  }
  const auto unconfirmed = std::make_shared<std::size_t>(0);
  const auto confirmed = [this, unconfirmed, call_id, answer](Time then) {
    if (--*unconfirmed > 0) return;
    answer(number_reply(0));
    queue_.release(call_id, then);
  };
  for (const auto& plan : *plans) {
    if (apply(plan, now, confirmed)) ++*unconfirmed;
  }
  if (*unconfirmed > 0) return Progress::kInFlight;
  answer(number_reply(0));
  return Progress::kAnswered;
}

// True if `done` will be called.
bool Executor::apply(const DeletePlan& plan, Time now, Delivery::ReconcileDone done) {
  if (plan.remaining_flags == 0) return end(plan.session, "deleted", now, std::move(done));
  auto& session = *store_.find(plan.session);
  if (session.state.control_flags == plan.remaining_flags) return false;
  session.state.control_flags = plan.remaining_flags;
  return delivery_.reconcile(plan.session, {}, now, std::move(done));
}

bool Executor::end(abi::SessionId id, std::string_view reason, Time now,
                   Delivery::ReconcileDone done) {
  auto session = store_.take(id);
  spdlog::info("session {}: call-id {} from-tag {}", reason, escaped(session.call_id),
               escaped(session.from_tag));
  return delivery_.reconcile(id, std::move(session.resources), now, std::move(done));
}

void Executor::tick(Time now) {
  udp_ports_.advance(now);
  delivery_.tick(now);
  if (now < next_sweep_) return;
  next_sweep_ = now + std::chrono::seconds(1);
  end_idle_sessions(now);
}

void Executor::end_idle_sessions(Time now) {
  if (!delivery_.is_ready()) return;
  for (const auto id : idle_monitor_.sweep(store_, *link_.region())) {
    // A command in flight is about to refresh the session, or to end it.
    if (!queue_.is_busy(store_.find(id)->call_id)) end(id, "timed out", now, {});
  }
}

Tick Executor::present_tick() const {
  return link_.region()->header().tick.load(std::memory_order_relaxed);
}

}  // namespace mediaplane
