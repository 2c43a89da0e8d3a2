// SPDX-License-Identifier: BSD-2-Clause
#include "controlplane/call/session_store.h"

#include <utility>

namespace mediaplane {

CallSession& SessionStore::insert(CallSession session) {
  auto& place = by_index_[session.id().index];
  place = std::make_unique<CallSession>(std::move(session));
  calls_[place->call_id].push_back(place.get());
  ++size_;
  return *place;
}

std::span<const CallSession* const> SessionStore::sessions_of(std::string_view call_id) const {
  const auto call = calls_.find(call_id);
  if (call == calls_.end()) return {};
  return call->second;
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
  const auto call = calls_.find(session->call_id);
  std::erase(call->second, session.get());
  if (call->second.empty()) calls_.erase(call);
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
  for (const auto& [call_id, sessions] : calls_) call_ids.push_back(call_id);
  return call_ids;
}

}  // namespace mediaplane
