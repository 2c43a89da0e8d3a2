// SPDX-License-Identifier: BSD-2-Clause
// What travels over the rings between the processes: commands and packets of prompts from the
// control plane, events from the housekeeper, copies of packets from each worker.
//
// All rings have slots of 128 bytes. A message takes as many slots as it needs, enqueued all or
// nothing, so the consumer sees whole messages. The first slot begins with a MessageHeader; a
// consumer copies a message out of the ring once and checks the copy.
#pragma once

#include <algorithm>
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
inline constexpr std::uint32_t kPlaybackRingSlots = 4096;  // 512 KiB
inline constexpr std::uint32_t kCopyRingSlots = 32768;     // 4 MiB for each worker

enum class MessageType : std::uint16_t {
  // Control plane to data plane.
  kSetSession = 1,     // Session, call-id, from-tag, extra: create it or make it be like this.
  kRemoveSession = 2,  // SessionId
  kSynchronize = 3,    // Nothing: the reply says that all before it has been done.
  kPlay = 4,           // PlayedPacket, RTP packet. Alone on the playback ring; no reply.
  // Data plane to control plane.
  kReply = 64,    // Reply
  kLearned = 65,  // Learned
  kCopy = 66,     // CopiedPacket, UDP payload. Alone on the copy rings.
};

struct MessageHeader {
  MessageType type{};
  std::uint16_t slots = 0;    // Of the whole message, this one included.
  std::uint32_t length = 0;   // Bytes behind the header.
  std::uint64_t request = 0;  // Chosen by the control plane, repeated in the reply.
};
static_assert(sizeof(MessageHeader) == 16);

// A payload that fits any MTU that a port may have.
inline constexpr std::size_t kMaxPacketPayload = 9216;

// That of a session with its identifiers, or of a packet.
inline constexpr std::size_t kMaxMessageLength =
    sizeof(Session) + std::max(kMaxIdentifiersLength, kMaxPacketPayload);

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

// One RTP packet of a prompt, to be sent to the party of a side from that side's RTP endpoint.
struct PlayedPacket {
  SessionId session;
  Side side{};
  std::array<std::uint8_t, 7> reserved{};
};
static_assert(sizeof(PlayedPacket) == 16);

// One accepted packet, as it came in.
struct CopiedPacket {
  std::uint64_t microseconds = 0;  // Arrival, since RegionHeader::clock_start.
  SessionId session;
  Side side{};  // Its party sent the packet.
  Component component{};
  std::uint16_t udp_port = 0;       // Where it arrived,
  std::uint16_t local_address = 0;  // and at which local address.
  std::uint16_t reserved = 0;
  Endpoint source;
  std::uint32_t padding = 0;
};
static_assert(sizeof(CopiedPacket) == 48);

}  // namespace mediaplane::abi
