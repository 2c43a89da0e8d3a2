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

#include "controlplane/media/prompt.h"

namespace mediaplane {

struct StreamStart {
  std::uint32_t ssrc = 0;
  std::uint32_t timestamp = 0;
  std::uint16_t sequence = 0;
};

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
