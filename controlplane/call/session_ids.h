// SPDX-License-Identifier: BSD-2-Clause
// The session indices that the data plane has room for. Each use of an index gets a new generation,
// so that a stale id names nothing. Indices are used in turn: the one that was given back longest
// ago comes first.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <utility>
#include <vector>

#include "dataplane/abi/ids.h"

namespace mediaplane {

class SessionIds;

class SessionIdLease {
 public:
  SessionIdLease() = default;
  SessionIdLease(SessionIds& ids, abi::SessionId id) : ids_(&ids), id_(id) {}
  SessionIdLease(SessionIdLease&& from) noexcept
      : ids_(std::exchange(from.ids_, nullptr)), id_(from.id_) {}
  SessionIdLease& operator=(SessionIdLease&& from) noexcept {
    std::swap(ids_, from.ids_);
    std::swap(id_, from.id_);
    return *this;
  }
  ~SessionIdLease();

  abi::SessionId id() const { return id_; }

 private:
  SessionIds* ids_ = nullptr;
  abi::SessionId id_;
};

class SessionIds {
 public:
  // Generations count from `first_generation`: a random one keeps the ids of two runs of the
  // control plane apart.
  SessionIds(std::uint32_t capacity, std::uint32_t first_generation);
  SessionIds(const SessionIds&) = delete;
  SessionIds& operator=(const SessionIds&) = delete;

  std::optional<SessionIdLease> acquire();
  // One that is in use already, from a former run. Nothing if it is no id, or is claimed twice.
  std::optional<SessionIdLease> claim(abi::SessionId id);

 private:
  friend class SessionIdLease;

  void forget_claimed();

  std::uint32_t capacity_;
  std::deque<std::uint32_t> free_;
  // Those that were claimed and still lie in `free_`; by index. Empty: none.
  std::vector<bool> claimed_;
  std::uint32_t generation_;
};

}  // namespace mediaplane
