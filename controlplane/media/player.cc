// SPDX-License-Identifier: BSD-2-Clause
#include "controlplane/media/player.h"

#include <utility>

#include <sys/eventfd.h>
#include <unistd.h>

#include "controlplane/media/quiet_thread.h"
#include "dataplane/abi/message_io.h"

namespace mediaplane {
namespace {

void ring(const abi::FileDescriptor& bell) {
  // A full counter is a bell that has been rung.
  const std::uint64_t once = 1;
  [[maybe_unused]] const auto written = write(bell.get(), &once, sizeof once);
}

}  // namespace

class Player::OnePlayback final : public Playback {
 public:
  OnePlayback(Player& player, std::shared_ptr<ScheduledPrompt> prompt)
      : player_(player), prompt_(std::move(prompt)) {}
  OnePlayback(const OnePlayback&) = delete;
  OnePlayback& operator=(const OnePlayback&) = delete;
  ~OnePlayback() override { player_.stop(*prompt_); }

  void begin() override { player_.begin(prompt_); }
  void go_on(Time began) override { player_.go_on(prompt_, began); }
  bool has_ended() const override { return prompt_->has_ended.load(std::memory_order_acquire); }

 private:
  Player& player_;
  std::shared_ptr<ScheduledPrompt> prompt_;
};

Player::Player()
    : bell_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)), thread_(quiet_thread([this] { run(); })) {}

Player::~Player() {
  {
    const std::lock_guard lock(mutex_);
    is_over_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

void Player::hush() {
  std::uint64_t rings = 0;
  [[maybe_unused]] const auto got = read(bell_.get(), &rings, sizeof rings);
}

std::unique_ptr<Playback> Player::open(const PromptOrder& prompt, abi::SessionId session,
                                       abi::Side side) {
  auto file = files_.open(prompt.stem, prompt.codecs);
  if (!file) return nullptr;
  // Not make_shared: an aggregate with an atomic in it.
  std::shared_ptr<ScheduledPrompt> scheduled(new ScheduledPrompt{
      session, side, PlayedStream(std::move(file), prompt.count, prompt.start)});
  return std::make_unique<OnePlayback>(*this, std::move(scheduled));
}

void Player::use(std::shared_ptr<MediaRings> rings) {
  const std::lock_guard lock(mutex_);
  rings_ = std::move(rings);
}

void Player::begin(std::shared_ptr<ScheduledPrompt> prompt) {
  {
    const std::lock_guard lock(mutex_);
    schedule_.begin(std::move(prompt), std::chrono::steady_clock::now());
  }
  changed_.notify_one();
}

void Player::go_on(std::shared_ptr<ScheduledPrompt> prompt, Time began) {
  {
    const std::lock_guard lock(mutex_);
    schedule_.go_on(std::move(prompt), began, std::chrono::steady_clock::now());
  }
  changed_.notify_one();
}

void Player::stop(const ScheduledPrompt& prompt) {
  const std::lock_guard lock(mutex_);
  schedule_.stop(prompt);
}

void Player::run() {
  std::unique_lock lock(mutex_);
  while (!is_over_) {
    const auto next = play_what_is_due();
    if (next) {
      changed_.wait_until(lock, *next);
    } else {
      changed_.wait(lock);
    }
  }
}

// With the lock held.
std::optional<PlayTime> Player::play_what_is_due() {
  bool has_sent = false;
  const bool has_one_ended =
      schedule_.run(std::chrono::steady_clock::now(),
                    [&](const ScheduledPrompt& prompt, std::span<const std::byte> packet) {
                      if (!rings_) return;
                      abi::PlayedPacket head;
                      head.session = prompt.session;
                      head.side = prompt.side;
                      // A packet that finds no room is lost, as on any crowded way.
                      has_sent |= abi::send(rings_->playback, abi::MessageType::kPlay, 0,
                                            abi::as_bytes_of(head), packet);
                    });
  if (has_sent) ring(rings_->command_doorbell);
  if (has_one_ended) ring(bell_);
  return schedule_.next();
}

}  // namespace mediaplane
