// SPDX-License-Identifier: BSD-2-Clause
#include "controlplane/media/played_stream.h"

#include <algorithm>

#include "dataplane/net/rtp.h"

namespace mediaplane {
namespace {

constexpr std::uint8_t kVersion2 = 0x80;
constexpr std::uint8_t kMarker = 0x80;

}  // namespace

void PlayedStream::skip(std::uint64_t packets) {
  const auto length = prompt_->packets();
  if (length == 0) return;
  const auto position = packet_ + packets;
  const auto rounds = static_cast<std::int64_t>(position / length);
  packet_ = position % length;
  if (rounds_left_ > 0) {
    rounds_left_ = static_cast<std::int32_t>(std::max(rounds_left_ - rounds, std::int64_t{0}));
  }
  next_.sequence = static_cast<std::uint16_t>(next_.sequence + packets);
  next_.timestamp += static_cast<std::uint32_t>(packets) * prompt_->format().timestamp_step();
  is_first_ = true;
}

std::optional<std::span<const std::byte>> PlayedStream::next(Buffer& buffer) {
  if (packet_ == prompt_->packets()) {
    packet_ = 0;
    if (rounds_left_ > 0) --rounds_left_;
  }
  // A prompt without packets is over, even one for ever.
  if (rounds_left_ == 0 || prompt_->packets() == 0) return std::nullopt;

  const auto& format = prompt_->format();
  const auto marker = is_first_ ? kMarker : std::uint8_t{0};
  const RtpHeader header{kVersion2, static_cast<std::uint8_t>(format.payload_type | marker),
                         be16(next_.sequence), be32(next_.timestamp), be32(next_.ssrc)};
  static_assert(sizeof header == kHeaderBytes);
  store(buffer.data(), header);
  const auto payload = prompt_->packet(packet_);
  std::copy(payload.begin(), payload.end(), buffer.begin() + kHeaderBytes);

  is_first_ = false;
  ++packet_;
  ++next_.sequence;
  next_.timestamp += format.timestamp_step();
  return std::span<const std::byte>(buffer.data(), kHeaderBytes + payload.size());
}

}  // namespace mediaplane
