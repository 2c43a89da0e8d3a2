// SPDX-License-Identifier: BSD-2-Clause
#include "controlplane/call/delivery.h"

#include <utility>

#include <spdlog/spdlog.h>

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
                   Time now, SetDone done) {
  if (!is_ready()) return false;
  if (!link_.set_session(last_request_ + 1, state, call_id, from_tag)) return false;
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

bool Delivery::send_loose(LooseList::iterator loose, Time now) {
  const auto request = last_request_ + 1;
  const auto* wanted = store_.find(loose->session);
  const bool sent = wanted != nullptr ? link_.set_session(request, wanted->state, wanted->call_id,
                                                          wanted->from_tag)
                                      : link_.remove_session(request, loose->session);
  if (!sent) {
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

bool Delivery::replied(RequestNumber request, abi::Status status, Time now) {
  if (phase_ == Phase::kFlushing && request == flush_request_) {
    finish_flush();
    return became_ready(now);
  }
  if (phase_ == Phase::kReplaying) {
    replay_confirmed(request, status);
    return became_ready(now);
  }
  auto node = requests_.extract(request);
  if (node.empty()) return false;  // Missed long ago.
  auto& [deadline, set_done, loose] = node.mapped();
  if (set_done) {
    set_done(outcome_of(status), now);
  } else {
    const auto done = std::move(loose->done);
    loose_.erase(loose);
    if (done) done(now);
  }
  send_backlog(now);
  return false;
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

void Delivery::attached(Time) {
  phase_ = Phase::kFlushing;
  is_healthy_ = true;
  flushing_ = std::move(loose_);
  loose_.clear();
  flush_request_ = ++last_request_;
  // A fresh ring has room for this. If it was lost all the same, so is the data plane.
  link_.remove_all(flush_request_);
}

void Delivery::finish_flush() {
  flushing_.clear();
  phase_ = Phase::kReplaying;
  replay_ = store_.ids();
  replay_more();
}

void Delivery::replay_more() {
  while (!replay_.empty()) {
    const auto* session = store_.find(replay_.back());
    if (session != nullptr) {
      const auto request = last_request_ + 1;
      if (!link_.set_session(request, session->state, session->call_id, session->from_tag)) return;
      last_request_ = request;
      replaying_[request] = session->id();
    }
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
  loose_.splice(loose_.begin(), flushing_);
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
