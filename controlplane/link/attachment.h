// SPDX-License-Identifier: BSD-2-Clause
// Attaching to a data plane: one Hello, one Welcome with descriptors, then everything is mapped.
// Nothing of what the other process says is believed before it has been checked.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "controlplane/call/media_rings.h"
#include "dataplane/abi/handshake.h"
#include "dataplane/abi/region.h"
#include "dataplane/abi/ring.h"
#include "dataplane/abi/shared_memory.h"
#include "dataplane/net/result.h"

namespace mediaplane {

// What a control plane holds of the data plane that it is attached to. The socket closes when the
// data plane dies.
struct Attachment {
  abi::FileDescriptor socket;
  abi::SlotRing commands;
  abi::SlotRing events;
  abi::FileDescriptor event_doorbell;
  std::shared_ptr<MediaRings> media;  // And the region, and the doorbell of the commands.
};

// Connects to the data plane's socket and says Hello; nothing blocks. The error is a text.
Result<abi::FileDescriptor, std::string> say_hello(const std::string& path,
                                                   const abi::Hello& hello);

// Takes the Welcome from a socket that is readable. Nothing if it is not there yet; the error says
// why there is no attachment.
Result<std::optional<Attachment>, std::string> take_welcome(abi::FileDescriptor& socket,
                                                            const abi::Hello& hello);

}  // namespace mediaplane
