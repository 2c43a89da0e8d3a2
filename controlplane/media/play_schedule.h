// SPDX-License-Identifier: BSD-2-Clause
// When which packet of which prompt is due. Each prompt has deadlines of its own, a packet's
// duration apart from its beginning on, so that being late once does not make all the rest late.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <utility>

#include "controlplane/media/played_stream.h"
#include "dataplane/abi/ids.h"

namespace mediaplane {

using PlayTime = std::chrono::steady_clock::time_point;

// Who is so much behind (a suspended machine) goes on from now, instead of sending all at once.
inline constexpr std::chrono::milliseconds kMaxLateness{100};

// One prompt for one party, as the player and whoever asked for it share it.
struct ScheduledPrompt {
  abi::SessionId session;
  abi::Side side{};
  PlayedStream stream;
  std::atomic<bool> has_ended{false};
};

class PlaySchedule {
 public:
  using Send =
      std::function<void(const ScheduledPrompt& prompt, std::span<const std::byte> packet)>;

  void begin(std::shared_ptr<ScheduledPrompt> prompt, PlayTime now);
  // One that began then, and whose packets up to now are not sent.
  void go_on(std::shared_ptr<ScheduledPrompt> prompt, PlayTime began, PlayTime now);
  void stop(const ScheduledPrompt& prompt);

  // Sends what is due. True if a prompt has ended.
  bool run(PlayTime now, const Send& send);

  // When there is something to do again; nothing while nothing plays.
  std::optional<PlayTime> next() const;

 private:
  std::multimap<PlayTime, std::shared_ptr<ScheduledPrompt>> due_;
};

}  // namespace mediaplane
