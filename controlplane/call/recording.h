// SPDX-License-Identifier: BSD-2-Clause
// How the rules of calls see the recorder (controlplane/media).
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "controlplane/call/media_rings.h"
#include "dataplane/abi/ids.h"

namespace mediaplane {

// What one party sends, as it is recorded. The files are complete some time after this object has
// ended.
class Recording {
 public:
  virtual ~Recording() = default;
};

struct RecordingSubject {
  abi::SessionId session;
  abi::Side side{};  // Its party's packets.
  std::string_view call_id;
  std::string_view from_tag;
  bool in_one_file = false;
  bool goes_on = false;  // Its files are there already, and grow from where they end.
};

class CallRecorder {
 public:
  virtual ~CallRecorder() = default;

  // Makes the files; null if that is not possible. The recorder outlives its recordings.
  virtual std::unique_ptr<Recording> start(const RecordingSubject& subject) = 0;

  // What the data plane has to copy for a recording: bits of abi::SideState::flags.
  virtual std::uint16_t copied() const = 0;

  // Where copies come from; null: from nowhere.
  virtual void use(std::shared_ptr<MediaRings> rings) = 0;
};

}  // namespace mediaplane
