// SPDX-License-Identifier: BSD-2-Clause
// All sessions that the data plane has confirmed, by call and by session id.
//
// Call-ids are chosen by strangers, so calls are found through an ordered tree and not through a
// hash that could be flooded.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "controlplane/call/session.h"

namespace mediaplane {

// The sessions of one call, in the order of creation: nearly always one, which takes no memory.
class SessionsOfCall {
 public:
  void add(const CallSession* session);
  void remove(const CallSession* session);
  std::span<const CallSession* const> all() const;

 private:
  const CallSession* only_ = nullptr;
  std::unique_ptr<std::vector<const CallSession*>> several_;
};

class SessionStore {
 public:
  explicit SessionStore(std::uint32_t capacity) : by_index_(capacity) {}

  // The session's index is below the capacity and free.
  CallSession& insert(CallSession session);

  // In the order of creation. Valid until the next insert() or take().
  std::span<const CallSession* const> sessions_of(std::string_view call_id) const;

  // Null if there is none with this index and generation, whatever the index.
  CallSession* find(abi::SessionId id);
  const CallSession* find(abi::SessionId id) const;

  // Null if there is none with this index, which is below the capacity.
  CallSession* at(std::uint32_t index) { return by_index_[index].get(); }

  // Removes a session that is there.
  CallSession take(abi::SessionId id);

  std::size_t size() const { return size_; }
  std::uint32_t capacity() const { return static_cast<std::uint32_t>(by_index_.size()); }
  std::vector<abi::SessionId> ids() const;
  std::vector<std::string> call_ids() const;

 private:
  std::vector<std::unique_ptr<CallSession>> by_index_;
  std::map<std::string_view, SessionsOfCall> calls_;  // A key lies in a session of the call.
  std::size_t size_ = 0;
};

}  // namespace mediaplane
