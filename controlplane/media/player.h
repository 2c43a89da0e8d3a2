// SPDX-License-Identifier: BSD-2-Clause
// Plays prompts: a thread makes the packets when they are due and hands them to the data plane,
// which sends them. Files are read when a prompt is asked for, so the thread never waits for a
// disk.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "controlplane/call/playback.h"
#include "controlplane/media/play_schedule.h"
#include "controlplane/media/prompt.h"
#include "dataplane/abi/shared_memory.h"

namespace mediaplane {

class Player final : public PromptPlayer {
 public:
  Player();
  Player(const Player&) = delete;
  Player& operator=(const Player&) = delete;
  ~Player() override;

  // Readable when a prompt has ended, until hush().
  int descriptor() const { return bell_.get(); }
  void hush();

  std::unique_ptr<Playback> open(const PromptOrder& prompt, abi::SessionId session,
                                 abi::Side side) override;
  void use(std::shared_ptr<MediaRings> rings) override;

 private:
  class OnePlayback;

  void begin(std::shared_ptr<ScheduledPrompt> prompt);
  void go_on(std::shared_ptr<ScheduledPrompt> prompt, Time began);
  // When this returns, not one more packet of it leaves.
  void stop(const ScheduledPrompt& prompt);
  void run();
  std::optional<PlayTime> play_what_is_due();

  PromptFiles files_;
  abi::FileDescriptor bell_;

  // All below is shared with the thread. It holds the lock while it enqueues packets, and never
  // waits with it.
  std::mutex mutex_;
  std::condition_variable changed_;
  PlaySchedule schedule_;
  std::shared_ptr<MediaRings> rings_;
  bool is_over_ = false;

  std::thread thread_;  // The last member: it starts when all others are there.
};

}  // namespace mediaplane
