// SPDX-License-Identifier: BSD-2-Clause
#include "controlplane/media/play_schedule.h"

#include <algorithm>

namespace mediaplane {

void PlaySchedule::begin(std::shared_ptr<ScheduledPrompt> prompt, PlayTime now) {
  due_.emplace(now, std::move(prompt));
}

void PlaySchedule::go_on(std::shared_ptr<ScheduledPrompt> prompt, PlayTime began, PlayTime now) {
  const auto period = prompt->stream.period();
  if (began < now && period.count() > 0) {
    const auto missed = (now - began) / period;
    prompt->stream.skip(static_cast<std::uint64_t>(missed));
    began += missed * period;
  }
  due_.emplace(std::min(began, now), std::move(prompt));
}

void PlaySchedule::stop(const ScheduledPrompt& prompt) {
  const auto found = std::find_if(due_.begin(), due_.end(),
                                  [&](const auto& due) { return due.second.get() == &prompt; });
  if (found != due_.end()) due_.erase(found);
}

bool PlaySchedule::run(PlayTime now, const Send& send) {
  bool has_one_ended = false;
  while (!due_.empty() && due_.begin()->first <= now) {
    auto node = due_.extract(due_.begin());
    auto& prompt = *node.mapped();
    PlayedStream::Buffer buffer;
    const auto packet = prompt.stream.next(buffer);
    if (!packet) {
      prompt.has_ended.store(true, std::memory_order_release);
      has_one_ended = true;
      continue;
    }
    send(prompt, *packet);
    const bool is_far_behind = now - node.key() > kMaxLateness;
    node.key() = (is_far_behind ? now : node.key()) + prompt.stream.period();
    due_.insert(std::move(node));
  }
  return has_one_ended;
}

std::optional<PlayTime> PlaySchedule::next() const {
  if (due_.empty()) return std::nullopt;
  return due_.begin()->first;
}

}  // namespace mediaplane
