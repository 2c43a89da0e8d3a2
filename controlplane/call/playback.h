// SPDX-License-Identifier: BSD-2-Clause
// How the rules of calls see the player of prompts (controlplane/media).
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "controlplane/call/media_rings.h"
#include "dataplane/abi/ids.h"

namespace mediaplane {

// One prompt for one party. It stops when this object ends.
class Playback {
 public:
  virtual ~Playback() = default;

  // To be called once, as soon as there is a way to the party.
  virtual void begin() = 0;
  // It has been played as often as it was asked for.
  virtual bool has_ended() const = 0;
};

class PromptPlayer {
 public:
  virtual ~PromptPlayer() = default;

  // The first of the prompt's files that can be opened, for the party of a side: `codecs` are
  // payload types between commas, in the order of preference. Null if none can be opened. A
  // negative `count` is for ever. The player outlives what it opens.
  virtual std::unique_ptr<Playback> open(const std::string& stem, std::string_view codecs,
                                         std::int32_t count, abi::SessionId session,
                                         abi::Side side) = 0;

  // Where packets go from now on; null: nowhere, while time goes on.
  virtual void use(std::shared_ptr<MediaRings> rings) = 0;
};

}  // namespace mediaplane
