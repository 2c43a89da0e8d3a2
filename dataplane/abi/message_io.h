// SPDX-License-Identifier: BSD-2-Clause
// Messages to and from a SlotRing: framing on the way in, one copy and the first checks on the way
// out. What a message means is checked by whoever understands it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>

#include "dataplane/abi/messages.h"
#include "dataplane/abi/ring.h"

namespace mediaplane::abi {

enum class Receipt : std::uint8_t {
  kMessage,
  kEmpty,
  kGarbage,  // The other side broke the framing; nothing more in this ring can be trusted.
};

// A message in the memory of one process: header, then `header.length` bytes.
class Message {
 public:
  const MessageHeader& header() const { return header_; }
  std::span<const std::byte> body() const {
    return {bytes() + sizeof(MessageHeader), header_.length};
  }

  // The first bytes of the body as a T, and what follows them; false if the body is shorter.
  template <typename T>
  requires std::is_trivially_copyable_v<T>
  bool read(T& value, std::span<const std::byte>& rest) const {
    if (body().size() < sizeof(T)) return false;
    value = load<T>(body().data());
    rest = body().subspan(sizeof(T));
    return true;
  }

 private:
  friend bool send(SlotRing& ring, MessageType type, std::uint64_t request,
                   std::span<const std::byte> body, std::span<const std::byte> tail);
  friend Receipt receive(SlotRing& ring, Message& message);

  const std::byte* bytes() const { return slots_[0].bytes.data(); }
  std::byte* bytes() { return slots_[0].bytes.data(); }

  MessageHeader header_;
  std::array<Slot, kMaxMessageSlots> slots_;
};

// Enqueues one message of `body` followed by `tail`. False if the ring has no room for all of it,
// or if it is longer than kMaxMessageLength.
bool send(SlotRing& ring, MessageType type, std::uint64_t request, std::span<const std::byte> body,
          std::span<const std::byte> tail = {});

Receipt receive(SlotRing& ring, Message& message);

template <typename T>
std::span<const std::byte> as_bytes_of(const T& value) {
  static_assert(std::is_trivially_copyable_v<T>);
  return std::as_bytes(std::span<const T, 1>(&value, 1));
}

}  // namespace mediaplane::abi
