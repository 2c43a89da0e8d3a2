// SPDX-License-Identifier: BSD-2-Clause
// Replies over UDP, kept for as long as a client may ask again because the answer got lost.
//
// A client repeats a command with the cookie of the first try, and must get the answer of the first
// try: a second execution could do harm. Cookies are only unique for one sender (some restart from
// 0 with their program), so the sender is part of the key. A command that is still being carried
// out is in here too: its copies are dropped, as its answer goes to the same place.
#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <map>
#include <optional>
#include <string>

#include "controlplane/protocol/exchange.h"

namespace mediaplane {

inline constexpr std::chrono::seconds kReplyLifetime{35};

class ReplyCache {
 public:
  explicit ReplyCache(std::size_t capacity) : capacity_(capacity) {}

  enum class Finding : std::uint8_t { kNew, kInFlight, kAnswered };

  // Notes a command from this sender. If it is new, finish() is to follow.
  Finding begin(const std::string& sender_and_cookie, Time now);

  void finish(const std::string& sender_and_cookie, const std::string& reply);

  // Of a command that is kAnswered.
  const std::string& reply(const std::string& sender_and_cookie) const;

 private:
  struct Expiry {
    Time at;
    std::string key;
  };

  void expire(Time now);

  std::size_t capacity_;  // When it is reached, the oldest make room before their time.
  std::map<std::string, std::optional<std::string>> replies_;
  std::deque<Expiry> expiries_;  // In the order of begin().
};

}  // namespace mediaplane
