// SPDX-License-Identifier: BSD-2-Clause
#include "tests/tools/phones/flow.h"

#include <algorithm>

namespace mediaplane::phones {

Tally& Tally::operator+=(const Tally& other) {
  sent += other.sent;
  received += other.received;
  duplicated += other.duplicated;
  reordered += other.reordered;
  wrong_source += other.wrong_source;
  wrong_content += other.wrong_content;
  send_errors += other.send_errors;
  return *this;
}

std::vector<std::byte> Flow::next_packet() const {
  return build_packet(identity_, static_cast<std::uint32_t>(sent_.size()));
}

void Flow::note_sent(Time now) {
  sent_.push_back({now});
  ++tally_.sent;
}

std::optional<Clock::duration> Flow::receive(std::span<const std::byte> datagram,
                                             bool is_source_right, Time now) {
  if (!is_source_right) {
    ++tally_.wrong_source;
    return std::nullopt;
  }
  const auto index = claimed_index(identity_, next_expected_, datagram);
  if (!index || *index >= sent_.size() ||
      !std::ranges::equal(datagram, build_packet(identity_, *index))) {
    ++tally_.wrong_content;
    return std::nullopt;
  }
  Sent& packet = sent_[*index];
  if (packet.has_arrived) {
    ++tally_.duplicated;
    return std::nullopt;
  }
  packet.has_arrived = true;
  ++tally_.received;
  if (*index < next_expected_) ++tally_.reordered;
  next_expected_ = std::max(next_expected_, *index + 1);
  return now - packet.at;
}

std::uint64_t Flow::missing_since(Time moment) const {
  std::uint64_t missing = 0;
  for (const Sent& packet : sent_) {
    if (packet.at < moment && !packet.has_arrived) ++missing;
  }
  return missing;
}

}  // namespace mediaplane::phones
