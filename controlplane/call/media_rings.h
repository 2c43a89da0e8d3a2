// SPDX-License-Identifier: BSD-2-Clause
// What threads of their own need of an attached data plane, to play prompts and to record. Threads
// may hold it longer than the attachment lasts: a ring is never unmapped under their hands, and a
// ring of a data plane that is gone leads nowhere.
#pragma once

#include <vector>

#include "dataplane/abi/ring.h"
#include "dataplane/abi/shared_memory.h"

namespace mediaplane {

struct MediaRings {
  abi::Mapping region;                   // Of an abi::Region, for reading.
  abi::FileDescriptor command_doorbell;  // Wakes the data plane for played packets, too.
  abi::SlotRing playback;                // Of the player's thread.
  std::vector<abi::SlotRing> copies;     // Of the recorder's thread; one for each worker.
};

}  // namespace mediaplane
