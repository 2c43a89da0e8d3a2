// SPDX-License-Identifier: BSD-2-Clause
// The RTP packets of one prompt for one party (RFC 3550 section 5.1): a stream of its own, with a
// random SSRC and random beginnings of sequence numbers and timestamps, a marker on its first
// packet and none where the prompt begins anew.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <utility>

#include "controlplane/call/playback.h"
#include "controlplane/media/prompt.h"

namespace mediaplane {

class PlayedStream {
 public:
  static constexpr std::size_t kHeaderBytes = 12;
  static constexpr std::size_t kMaxPayload = 80;
  using Buffer = std::array<std::byte, kHeaderBytes + kMaxPayload>;

  // The prompt is played `count` times; negative: for ever.
  PlayedStream(std::shared_ptr<const Prompt> prompt, std::int32_t count, const StreamStart& start)
      : prompt_(std::move(prompt)), rounds_left_(count), next_(start) {}

  // Writes the next packet to `buffer`; nothing if the prompt is over.
  std::optional<std::span<const std::byte>> next(Buffer& buffer);

  // As if so many more packets had been sent. What follows begins with a marker again.
  void skip(std::uint64_t packets);

  std::chrono::milliseconds period() const {
    return std::chrono::milliseconds(prompt_->format().packet_milliseconds);
  }

 private:
  std::shared_ptr<const Prompt> prompt_;
  std::int32_t rounds_left_;
  StreamStart next_;
  std::size_t packet_ = 0;
  bool is_first_ = true;
};

}  // namespace mediaplane
