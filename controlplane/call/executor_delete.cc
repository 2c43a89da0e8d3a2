// SPDX-License-Identifier: BSD-2-Clause
// D and X, and the end of sessions. A deletion is a fact at once; its answer waits for the data
// plane as long as that is worth waiting for.
#include <algorithm>
#include <iterator>
#include <memory>
#include <utility>

#include <spdlog/spdlog.h>

#include "controlplane/call/executor.h"
#include "controlplane/protocol/escape.h"
#include "controlplane/protocol/reply.h"

namespace mediaplane {

Progress Executor::remove(const DeleteCommand& command, const Answer& answer, Time now) {
  const auto& call_id = command.parties.call_id;
  const auto plans = plan_delete(command, store_.sessions_of(call_id));
  if (!plans) {
    answer(error_reply(plans.error()));
    return Progress::kAnswered;
  }
  return apply(*plans, call_id, now, [answer] { answer(number_reply(0)); });
}

// Every call is emptied behind what it has in flight, so nothing that came before survives.
void Executor::remove_all(const Answer& answer, Time now) {
  auto calls = store_.call_ids();
  std::ranges::copy(queue_.busy_calls(), std::back_inserter(calls));
  std::ranges::sort(calls);
  calls.erase(std::unique(calls.begin(), calls.end()), calls.end());

  const auto unfinished = std::make_shared<std::size_t>(calls.size() + 1);
  const auto finished = [unfinished, answer] {
    if (--*unfinished == 0) answer(number_reply(0));
  };
  for (const auto& call_id : calls) {
    queue_.run(call_id, now, [this, call_id, finished](Time then) {
      return apply(plan_delete_all(store_.sessions_of(call_id)), call_id, then, finished);
    });
  }
  finished();
}

Progress Executor::apply(const std::vector<DeletePlan>& plans, const std::string& call_id, Time now,
                         const std::function<void()>& done) {
  // One of it is ours, until all are sent: sending one may end the wait for another.
  const auto unconfirmed = std::make_shared<std::size_t>(1);
  const auto confirmed = [this, unconfirmed, call_id, done](Time then) {
    if (--*unconfirmed > 0) return;
    done();
    queue_.release(call_id, then);
  };
  for (const auto& plan : plans) {
    if (apply(plan, now, confirmed)) ++*unconfirmed;
  }
  if (--*unconfirmed > 0) return Progress::kInFlight;
  done();
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
  const auto packets = packets_of(session, link_.region());
  for (const auto& side : packets) past_packets_ += side;
  const auto& caller = packets[abi::index_of(abi::Side::kCaller)];
  const auto& callee = packets[abi::index_of(abi::Side::kCallee)];
  spdlog::info(
      "session {}: call-id {} from-tag {}, packets from the caller: {} received, {} relayed; from "
      "the callee: {} received, {} relayed",
      reason, escaped(session.call_id), escaped(session.from_tag), caller.received, caller.relayed,
      callee.received, callee.relayed);
  return delivery_.reconcile(id, std::move(session.resources), now, std::move(done));
}

}  // namespace mediaplane
