// SPDX-License-Identifier: BSD-2-Clause
// One recorded file while it grows. Packets are gathered and written some at a time. What a full or
// broken disk does not take is lost, as whole packets and counted; what stands in the file is
// whole, so that it can be read to its end.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <sys/types.h>

#include "config/config.h"
#include "dataplane/abi/shared_memory.h"

namespace mediaplane {

class RecordingFile {
 public:
  // `name` is for the log and for whoever publishes it; `size` is how much the file holds already.
  RecordingFile(abi::FileDescriptor file, std::string name, std::size_t size)
      : file_(std::move(file)), name_(std::move(name)), size_(static_cast<off_t>(size)) {}

  // What the file holds already was written by a run that may have died over it: what is not whole
  // at its end is cut off before anything is written.
  void go_on(RecordingFormat format) { unmeasured_ = format; }

  // One packet: `head` and `payload` stay together.
  void append(std::span<const std::byte> head, std::span<const std::byte> payload);
  // Writes what has been gathered.
  void flush();

  const abi::FileDescriptor& descriptor() const { return file_; }
  const std::string& name() const { return name_; }
  std::uint64_t packets() const { return packets_; }  // In the file.
  std::uint64_t lost() const { return lost_; }

 private:
  void measure();
  void log_failure(int error);

  abi::FileDescriptor file_;
  std::string name_;
  off_t size_;                                 // Of whole packets.
  std::optional<RecordingFormat> unmeasured_;  // Nothing: `size_` is true.
  std::vector<std::byte> gathered_;
  std::uint64_t gathered_packets_ = 0;
  std::uint64_t packets_ = 0;
  std::uint64_t lost_ = 0;
  bool has_failed_ = false;
};

}  // namespace mediaplane
