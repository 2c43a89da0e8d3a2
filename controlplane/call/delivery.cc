// SPDX-License-Identifier: BSD-2-Clause
#include "controlplane/call/delivery.h"

#include <algorithm>
#include <utility>

#include <spdlog/spdlog.h>

#include "controlplane/call/session_extra.h"

namespace mediaplane {
namespace {

Outcome outcome_of(abi::Status status) {
  switch (status) {
    case abi::Status::kDone:
      return Outcome::kConfirmed;
    case abi::Status::kTableFull:
    case abi::Status::kUdpPortInUse:
      return Outcome::kNoRoom;
    case abi::Status::kMalformed:
    case abi::Status::kStale:
      break;
  }
  return Outcome::kRefused;
}

}  // namespace

bool Delivery::set(const abi::Session& state, std::string_view call_id, std::string_view from_tag,
                   std::string_view extra, Time now, SetDone done) {
  if (!is_ready()) return false;
  if (!link_.set_session(last_request_ + 1, state, call_id, from_tag, extra)) return false;
  requests_[++last_request_] = {now + kConfirmationTimeout, std::move(done), {}};
  return true;
}

bool Delivery::reconcile(abi::SessionId session, Resources held, Time now, ReconcileDone done) {
  loose_.push_back({session, std::move(held), {}, 0});
  const auto loose = std::prev(loose_.end());
  if (!is_ready()) return false;
  if (requests_.size() >= kCrowd && store_.find(session) == nullptr) {
    backlog_.splice(backlog_.end(), loose_, loose);
  } else if (!send_loose(loose, now)) {
    return false;
  }
  loose->done = std::move(done);
  return true;
}

// What the store says of a session.
bool Delivery::send_truth(RequestNumber request, abi::SessionId id) {
  const auto* session = store_.find(id);
  if (session == nullptr) return link_.remove_session(request, id);
  return link_.set_session(request, session->state, session->call_id, session->from_tag,
                           encoded_extra_of(*session));
}

bool Delivery::send_loose(LooseList::iterator loose, Time now) {
  const auto request = last_request_ + 1;
  if (!send_truth(request, loose->session)) {
    // The ring is full: keep the order by sending nothing else until this could be sent.
    miss(now);
    return false;
  }
  last_request_ = request;
  loose->request = request;
  requests_[request] = {now + kConfirmationTimeout, {}, loose};
  return true;
}

void Delivery::send_backlog(Time now) {
  while (is_ready() && !backlog_.empty() && requests_.size() < kCrowd) {
    const auto loose = backlog_.begin();
    if (!send_loose(loose, now)) return;
    loose_.splice(loose_.end(), backlog_, loose);
  }
}

// Nobody waits for these any longer.
void Delivery::drop_backlog(Time now) {
  std::vector<ReconcileDone> waiting;
  for (auto& loose : backlog_) {
    if (auto done = std::exchange(loose.done, {})) waiting.push_back(std::move(done));
  }
  loose_.splice(loose_.end(), backlog_);
  for (const auto& done : waiting) done(now);
}

Delivery::Stage Delivery::replied(RequestNumber request, abi::Status status, Time now) {
  if (phase_ == Phase::kSynchronizing && request == synchronizing_) return Stage::kStandsStill;
  if (phase_ == Phase::kReplaying) {
    replay_confirmed(request, status);
    return became_ready(now) ? Stage::kReady : Stage::kUnchanged;
  }
  auto node = requests_.extract(request);
  if (node.empty()) return Stage::kUnchanged;  // Missed long ago.
  auto& [deadline, set_done, loose] = node.mapped();
  if (set_done) {
    set_done(outcome_of(status), now);
  } else {
    const auto done = std::move(loose->done);
    loose_.erase(loose);
    if (done) done(now);
  }
  send_backlog(now);
  return Stage::kUnchanged;
}

void Delivery::tick(Time now) {
  if (phase_ == Phase::kReplaying) replay_more();
  if (phase_ != Phase::kReady) return;
  while (!requests_.empty() && requests_.begin()->second.deadline <= now) {
    miss(now);
    auto node = requests_.extract(requests_.begin());
    auto& [deadline, set_done, loose] = node.mapped();
    if (set_done) {
      set_done(Outcome::kMissed, now);
    } else {
      loose->request = 0;
      if (const auto done = std::exchange(loose->done, {})) done(now);
    }
  }
  if (!is_healthy_) recover(now);
  send_backlog(now);
}

void Delivery::miss(Time now) {
  if (!is_healthy_) return;
  is_healthy_ = false;
  heartbeat_at_miss_ = link_.region()->header().heartbeat.load(std::memory_order_relaxed);
  spdlog::warn("the data plane does not confirm in time: offers and answers get E98");
  drop_backlog(now);
}

void Delivery::recover(Time now) {
  const auto heartbeat = link_.region()->header().heartbeat.load(std::memory_order_relaxed);
  if (heartbeat == heartbeat_at_miss_) return;
  for (auto loose = loose_.begin(); loose != loose_.end(); ++loose) {
    if (loose->request == 0 && !send_loose(loose, now)) return;
  }
  is_healthy_ = true;
  spdlog::info("the data plane lives: offers and answers are served again");
}

void Delivery::attached() {
  phase_ = Phase::kSynchronizing;
  is_healthy_ = true;
  synchronizing_ = ++last_request_;
  // A fresh ring has room for this. If it was lost all the same, so is the data plane.
  link_.synchronize(synchronizing_);
}

bool Delivery::bring(std::vector<abi::SessionId> sessions, Time now) {
  phase_ = Phase::kReplaying;
  std::ranges::reverse(sessions);
  replay_ = std::move(sessions);
  replay_more();
  return became_ready(now);
}

void Delivery::replay_more() {
  while (!replay_.empty()) {
    const auto request = last_request_ + 1;
    if (!send_truth(request, replay_.back())) return;
    last_request_ = request;
    replaying_[request] = replay_.back();
    replay_.pop_back();
  }
}

void Delivery::replay_confirmed(RequestNumber request, abi::Status status) {
  const auto replayed = replaying_.extract(request);
  if (replayed.empty()) return;
  if (status != abi::Status::kDone && store_.find(replayed.mapped()) != nullptr) {
    spdlog::error("the data plane refuses a session it had before (status {}): the session ends",
                  static_cast<unsigned>(status));
    store_.take(replayed.mapped());
  }
  replay_more();
}

bool Delivery::became_ready(Time now) {
  if (phase_ != Phase::kReplaying || !replay_.empty() || !replaying_.empty()) return false;
  phase_ = Phase::kReady;
  // Sessions that ended meanwhile.
  for (auto loose = loose_.begin(); loose != loose_.end(); ++loose) {
    if (!send_loose(loose, now)) break;
  }
  return true;
}

void Delivery::lost(Time now) {
  phase_ = Phase::kAway;
  replay_.clear();
  replaying_.clear();
  drop_backlog(now);
  for (auto& loose : loose_) loose.request = 0;
  for (auto& [number, request] : std::exchange(requests_, {})) {
    if (request.set_done) {
      request.set_done(Outcome::kMissed, now);
    } else if (const auto done = std::exchange(request.loose->done, {})) {
      done(now);
    }
  }
}

}  // namespace mediaplane
