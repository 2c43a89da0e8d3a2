// SPDX-License-Identifier: BSD-2-Clause
#include "dataplane/abi/message_io.h"

#include <algorithm>

namespace mediaplane::abi {

bool send(SlotRing& ring, MessageType type, std::uint64_t request, std::span<const std::byte> body,
          std::span<const std::byte> tail) {
  const auto length = body.size() + tail.size();
  if (length > kMaxMessageLength) return false;
  Message message;
  const auto slots = slots_for(length);
  message.slots_[slots - 1] = {};  // Nothing of our stack leaves behind the last byte.
  message.header_ = {type, static_cast<std::uint16_t>(slots), static_cast<std::uint32_t>(length),
                     request};
  store(message.bytes(), message.header_);
  auto* to = message.bytes() + sizeof(MessageHeader);
  to = std::copy(body.begin(), body.end(), to);
  std::copy(tail.begin(), tail.end(), to);
  return ring.enqueue({message.slots_.data(), slots});
}

Receipt receive(SlotRing& ring, Message& message) {
  if (!ring.dequeue({message.slots_.data(), 1})) return Receipt::kEmpty;
  message.header_ = load<MessageHeader>(message.bytes());
  const auto& header = message.header_;
  if (header.length > kMaxMessageLength || header.slots != slots_for(header.length)) {
    return Receipt::kGarbage;
  }
  // A message is enqueued in one piece, so the rest of it is there.
  if (header.slots > 1 && !ring.dequeue({message.slots_.data() + 1, header.slots - 1U})) {
    return Receipt::kGarbage;
  }
  return Receipt::kMessage;
}

}  // namespace mediaplane::abi
