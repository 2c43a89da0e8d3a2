// SPDX-License-Identifier: BSD-2-Clause
// Packets of prompts: a thread of the control plane makes their RTP and keeps time, the data plane
// adds headers and sends them where the peer's media would go.
//
// All packets to one port leave through the same worker, in the order in which they came. A party
// at one of our own addresses (a call that passes here twice) gets none: its packets would have to
// be admitted by the other session first, which only workers do (`prompt_to_ourselves`).
#pragma once

#include "dataplane/abi/message_io.h"
#include "dataplane/housekeeper/neighbours.h"
#include "dataplane/housekeeper/outbox.h"
#include "dataplane/housekeeper/sessions.h"
#include "dataplane/pipeline/context.h"

namespace mediaplane {

class Playback {
 public:
  Playback(const Shared& shared, const Sessions& sessions, NeighbourTable& neighbours,
           Outbox& outbox)
      : shared_(shared), sessions_(sessions), neighbours_(neighbours), outbox_(outbox) {}

  // Sends or drops what a message from the playback ring carries; either way it was generated.
  // False, and nothing counted, if the message is none that a sane control plane sends.
  bool play(const abi::Message& message, Tick now);

 private:
  void send(const FlowEntry& entry, std::span<const std::byte> payload, Tick now);

  const Shared& shared_;
  const Sessions& sessions_;
  NeighbourTable& neighbours_;
  Outbox& outbox_;
  std::uint16_t next_ip_id_ = 0;
};

}  // namespace mediaplane
