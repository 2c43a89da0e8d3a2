// SPDX-License-Identifier: BSD-2-Clause
// How the rules of calls see the player of prompts (controlplane/media).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "controlplane/call/media_rings.h"
#include "controlplane/protocol/exchange.h"
#include "dataplane/abi/ids.h"

namespace mediaplane {

// Where an RTP stream begins (RFC 3550 section 5.1: at random).
struct StreamStart {
  std::uint32_t ssrc = 0;
  std::uint32_t timestamp = 0;
  std::uint16_t sequence = 0;

  friend bool operator==(const StreamStart&, const StreamStart&) = default;
};

// Which prompt is played how often, and all that it takes to go on with it after a restart.
struct PromptOrder {
  std::string stem;
  std::string codecs;      // Payload types between commas, in the order of preference.
  std::int32_t count = 0;  // Negative: for ever.
  StreamStart start;
  std::optional<Time> began;  // Nothing: it waits until there is a way to the party.

  friend bool operator==(const PromptOrder&, const PromptOrder&) = default;
};

// One prompt for one party. It stops when this object ends.
class Playback {
 public:
  virtual ~Playback() = default;

  // One of these is to be called once, as soon as there is a way to the party: from the beginning,
  // or from where it is now if it began then.
  virtual void begin() = 0;
  virtual void go_on(Time began) = 0;
  // It has been played as often as it was asked for.
  virtual bool has_ended() const = 0;
};

class PromptPlayer {
 public:
  virtual ~PromptPlayer() = default;

  // The first of the prompt's files that can be opened, for the party of a side. Null if none can
  // be opened. The player outlives what it opens.
  virtual std::unique_ptr<Playback> open(const PromptOrder& prompt, abi::SessionId session,
                                         abi::Side side) = 0;

  // Where packets go from now on; null: nowhere, while time goes on.
  virtual void use(std::shared_ptr<MediaRings> rings) = 0;
};

}  // namespace mediaplane
