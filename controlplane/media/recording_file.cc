// SPDX-License-Identifier: BSD-2-Clause
#include "controlplane/media/recording_file.h"

#include <cerrno>
#include <system_error>

#include <spdlog/spdlog.h>
#include <unistd.h>

#include "controlplane/media/recording_format.h"
#include "controlplane/protocol/escape.h"

namespace mediaplane {
namespace {

constexpr std::size_t kGatheredBytes = 8192;

// 0, or errno when not all could be written.
int write_all(int file, std::span<const std::byte> bytes, off_t offset) {
  while (!bytes.empty()) {
    const auto written = pwrite(file, bytes.data(), bytes.size(), offset);
    if (written < 0) return errno;
    bytes = bytes.subspan(static_cast<std::size_t>(written));
    offset += written;
  }
  return 0;
}

}  // namespace

void RecordingFile::append(std::span<const std::byte> head, std::span<const std::byte> payload) {
  gathered_.insert(gathered_.end(), head.begin(), head.end());
  gathered_.insert(gathered_.end(), payload.begin(), payload.end());
  ++gathered_packets_;
  if (gathered_.size() >= kGatheredBytes) flush();
}

// Reads the whole file, so it is done on the thread that writes, and once.
void RecordingFile::measure() {
  if (!unmeasured_) return;
  const auto whole = whole_packets(file_.get(), *std::exchange(unmeasured_, std::nullopt));
  if (!whole) {
    log_failure(whole.error());
    return;  // Behind whatever stands there.
  }
  size_ = *whole;
  if (ftruncate(file_.get(), size_) != 0) log_failure(errno);
}

void RecordingFile::flush() {
  measure();
  if (gathered_.empty()) return;
  const auto error = write_all(file_.get(), gathered_, size_);
  if (error == 0) {
    size_ += static_cast<off_t>(gathered_.size());
    packets_ += gathered_packets_;
  } else {
    lost_ += gathered_packets_;
    log_failure(error);
    // Back to the last whole packet. If even that fails, the next write covers what stands there.
    [[maybe_unused]] const auto cut = ftruncate(file_.get(), size_);
  }
  gathered_.clear();
  gathered_packets_ = 0;
}

// Once for each recording: the disk of all of them is the same.
void RecordingFile::log_failure(int error) {
  if (has_failed_) return;
  has_failed_ = true;
  spdlog::error("recording {} loses packets: {}", escaped(name_),
                std::generic_category().message(error));
}

}  // namespace mediaplane
