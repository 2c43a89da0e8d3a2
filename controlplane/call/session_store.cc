// SPDX-License-Identifier: BSD-2-Clause
#include "controlplane/call/session_store.h"

#include <utility>

namespace mediaplane {

void SessionsOfCall::add(const CallSession* session) {
  if (several_) {
    several_->push_back(session);
  } else if (only_ != nullptr) {
    several_ =
        std::make_unique<std::vector<const CallSession*>>(std::initializer_list{only_, session});
  } else {
    only_ = session;
  }
}

void SessionsOfCall::remove(const CallSession* session) {
  if (several_) {
    std::erase(*several_, session);
  } else {
    only_ = nullptr;
  }
}

std::span<const CallSession* const> SessionsOfCall::all() const {
  if (several_) return *several_;
  return {&only_, only_ == nullptr ? 0U : 1U};
}

CallSession& SessionStore::insert(CallSession session) {
  auto& place = by_index_[session.id().index];
  place = std::make_unique<CallSession>(std::move(session));
  calls_[place->call_id].add(place.get());
  ++size_;
  return *place;
}

std::span<const CallSession* const> SessionStore::sessions_of(std::string_view call_id) const {
  const auto call = calls_.find(call_id);
  if (call == calls_.end()) return {};
  return call->second.all();
}

const CallSession* SessionStore::find(abi::SessionId id) const {
  if (id.index >= by_index_.size()) return nullptr;
  const auto* session = by_index_[id.index].get();
  return session != nullptr && session->id() == id ? session : nullptr;
}

CallSession* SessionStore::find(abi::SessionId id) {
  return const_cast<CallSession*>(std::as_const(*this).find(id));
}

CallSession SessionStore::take(abi::SessionId id) {
  const auto session = std::move(by_index_[id.index]);
  // Without its node while its key goes.
  auto call = calls_.extract(session->call_id);
  call.mapped().remove(session.get());
  if (const auto left = call.mapped().all(); !left.empty()) {
    call.key() = left.front()->call_id;
    calls_.insert(std::move(call));
  }
  --size_;
  return std::move(*session);
}

std::vector<abi::SessionId> SessionStore::ids() const {
  std::vector<abi::SessionId> ids;
  for (const auto& session : by_index_) {
    if (session != nullptr) ids.push_back(session->id());
  }
  return ids;
}

std::vector<std::string> SessionStore::call_ids() const {
  std::vector<std::string> call_ids;
  for (const auto& [call_id, sessions] : calls_) call_ids.emplace_back(call_id);
  return call_ids;
}

}  // namespace mediaplane
