// SPDX-License-Identifier: BSD-2-Clause
// What travels over the two rings between the processes.
//
// Both rings have slots of 128 bytes. A message takes as many slots as it needs, enqueued all or
// nothing, so the consumer sees whole messages. The first slot begins with a MessageHeader; a
// consumer copies a message out of the ring once and checks the copy.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "dataplane/abi/ids.h"
#include "dataplane/abi/session.h"
#include "dataplane/net/address.h"

namespace mediaplane::abi {

inline constexpr std::size_t kSlotBytes = 128;
struct alignas(8) Slot {
  std::array<std::byte, kSlotBytes> bytes;
};
static_assert(sizeof(Slot) == kSlotBytes);

inline constexpr std::uint32_t kCommandRingSlots = 16384;  // 2 MiB
inline constexpr std::uint32_t kEventRingSlots = 16384;

enum class MessageType : std::uint16_t {
  // Control plane to data plane.
  kSetSession = 1,     // Session, call-id, from-tag, extra: create it or make it be like this.
  kRemoveSession = 2,  // SessionId
  kRemoveAll = 3,      // Nothing more.
  // Data plane to control plane.
  kReply = 64,    // Reply
  kLearned = 65,  // Learned
};

struct MessageHeader {
  MessageType type{};
  std::uint16_t slots = 0;    // Of the whole message, this one included.
  std::uint32_t length = 0;   // Bytes behind the header.
  std::uint64_t request = 0;  // Chosen by the control plane, repeated in the reply.
};
static_assert(sizeof(MessageHeader) == 16);

inline constexpr std::size_t kMaxMessageLength = sizeof(Session) + kMaxIdentifiersLength;

constexpr std::size_t slots_for(std::size_t length) {
  return (sizeof(MessageHeader) + length + kSlotBytes - 1) / kSlotBytes;
}
inline constexpr std::size_t kMaxMessageSlots = slots_for(kMaxMessageLength);

enum class Status : std::uint32_t {
  kDone = 0,
  kMalformed = 1,     // The message breaks a rule of this header; a defect of the sender.
  kStale = 2,         // The session id is not the present one.
  kUdpPortInUse = 3,  // Another session has one of the local endpoints.
  kTableFull = 4,     // No room for the flows, or for the identifiers.
};

struct Reply {
  Status status{};
  std::uint32_t reserved = 0;
};
static_assert(sizeof(Reply) == 8);

// A side's remote endpoint was learned, moved or forgotten (endpoint unset). For the log.
struct Learned {
  SessionId session;
  Side side{};
  Component component{};
  std::uint16_t reserved = 0;
  Endpoint endpoint;
};
static_assert(sizeof(Learned) == 32);

}  // namespace mediaplane::abi
