// SPDX-License-Identifier: BSD-2-Clause
// Sorts copies of packets into the files of their recordings. What comes out of a ring is checked
// here: it was written by another process.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "config/config.h"
#include "controlplane/media/recording_file.h"
#include "dataplane/abi/message_io.h"

namespace mediaplane {

class RecordingDesk {
 public:
  using Files = std::vector<std::shared_ptr<RecordingFile>>;

  struct Start {
    abi::SessionId session;
    abi::Side side{};
    // By component; null: not recorded. Both may be one. Where both are null, the side goes into
    // the file of the other side's RTP.
    std::array<std::shared_ptr<RecordingFile>, abi::kComponentsPerSide> files;
  };

  // `with_rtcp`: RTCP goes into files that both sides share, too.
  RecordingDesk(RecordingFormat format, bool with_rtcp, std::vector<IpAddress> local_addresses)
      : format_(format), with_rtcp_(with_rtcp), local_addresses_(std::move(local_addresses)) {}

  void start(Start start);
  // The files that nobody writes any more.
  Files stop(abi::SessionId session, abi::Side side);
  Files stop_all();
  bool is_empty() const { return sessions_.empty(); }

  // One message of a copy ring; `clock_start` is that of the region. False if it makes no sense.
  // A copy for a recording that has ended does, and is left.
  bool take(const abi::Message& message, std::uint64_t clock_start);

  void flush();

 private:
  using SideFiles = decltype(Start::files);
  using SessionFiles = std::array<SideFiles, abi::kSidesPerSession>;

  bool is_sound(const abi::CopiedPacket& copy) const;

  RecordingFormat format_;
  bool with_rtcp_;
  std::vector<IpAddress> local_addresses_;
  std::map<std::pair<std::uint32_t, std::uint32_t>, SessionFiles> sessions_;  // By SessionId.
};

}  // namespace mediaplane
