// SPDX-License-Identifier: BSD-2-Clause
#include "controlplane/protocol/reply_cache.h"

namespace mediaplane {

ReplyCache::Finding ReplyCache::begin(const std::string& sender_and_cookie, Time now) {
  expire(now);
  const auto [entry, is_new] = replies_.try_emplace(sender_and_cookie);
  if (!is_new) return entry->second ? Finding::kAnswered : Finding::kInFlight;
  expiries_.push_back({now + kReplyLifetime, sender_and_cookie});
  return Finding::kNew;
}

void ReplyCache::finish(const std::string& sender_and_cookie, const std::string& reply) {
  const auto entry = replies_.find(sender_and_cookie);
  if (entry != replies_.end()) entry->second = reply;
}

const std::string& ReplyCache::reply(const std::string& sender_and_cookie) const {
  return *replies_.at(sender_and_cookie);
}

void ReplyCache::expire(Time now) {
  while (!expiries_.empty() && (expiries_.front().at <= now || expiries_.size() >= capacity_)) {
    replies_.erase(expiries_.front().key);
    expiries_.pop_front();
  }
}

}  // namespace mediaplane
