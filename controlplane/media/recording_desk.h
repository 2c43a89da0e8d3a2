// SPDX-License-Identifier: BSD-2-Clause
// Sorts copies of packets into the files of their recordings. What comes out of a ring is checked
// here: it was written by another process.
//
// The event loop says where a recording begins and the recorder's thread where it ends, so a lock
// guards the table; it is never held while something is written. A recording that is to end stays
// until the thread has taken what came before out of the rings; it may have a successor by then.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "config/config.h"
#include "controlplane/media/recording_file.h"
#include "dataplane/abi/message_io.h"

namespace mediaplane {

class RecordingDesk {
 public:
  using Files = std::vector<std::shared_ptr<RecordingFile>>;

  // One recording of one side.
  struct Place {
    abi::SessionId session;
    abi::Side side{};
    std::uint64_t number = 0;  // Tells it from its predecessors and successors; not 0.
  };
  struct SideFiles {
    // By component; null: not recorded. Both may be one.
    std::array<std::shared_ptr<RecordingFile>, abi::kComponentsPerSide> files;
    bool is_one_file = false;  // Which the other side may share.
    std::uint64_t number = 0;  // 0: nothing is recorded.
    bool is_ending = false;
  };

  RecordingDesk(RecordingFormat format, std::vector<IpAddress> local_addresses)
      : format_(format), local_addresses_(std::move(local_addresses)) {}

  // For the event loop.

  // The one file of the other side, if it is recorded so.
  std::shared_ptr<RecordingFile> file_to_share(abi::SessionId session, abi::Side side) const;
  // Begins; returns what a predecessor leaves that has not ended yet.
  Files start(const Place& place, SideFiles files);
  void announce_end(const Place& place);

  // For the recorder's thread. Files that are returned are written by nobody any more.

  Files stop(const Place& place);
  Files stop_all();
  bool is_empty() const;

  // One message of a copy ring; `clock_start` is that of the region. False if it makes no sense.
  // A copy for a recording that has ended does, and is left.
  bool take(const abi::Message& message, std::uint64_t clock_start);

  void flush();

 private:
  using SessionFiles = std::array<SideFiles, abi::kSidesPerSession>;

  bool is_sound(const abi::CopiedPacket& copy) const;
  std::shared_ptr<RecordingFile> file_for(const abi::CopiedPacket& copy) const;

  RecordingFormat format_;
  std::vector<IpAddress> local_addresses_;

  mutable std::mutex mutex_;
  std::map<std::pair<std::uint32_t, std::uint32_t>, SessionFiles> sessions_;  // By SessionId.
};

}  // namespace mediaplane
