// SPDX-License-Identifier: BSD-2-Clause
// Completes recorded files on a thread of its own: from one file system to another that means to
// copy them, which must not keep anybody from taking copies of packets out of the rings.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "controlplane/media/recording_directory.h"
#include "controlplane/media/recording_file.h"

namespace mediaplane {

class Publisher {
 public:
  using Files = std::vector<std::shared_ptr<RecordingFile>>;

  // The directory outlives the publisher.
  explicit Publisher(RecordingDirectory& directory);
  Publisher(const Publisher&) = delete;
  Publisher& operator=(const Publisher&) = delete;
  // All files are complete afterwards.
  ~Publisher();

  // Nobody writes to these any more.
  void give(const Files& files);

 private:
  void run();
  void publish(RecordingFile& file);

  RecordingDirectory& directory_;
  std::mutex mutex_;
  std::condition_variable changed_;
  Files waiting_;
  bool is_over_ = false;
  std::thread thread_;  // The last member: it starts when all others are there.
};

}  // namespace mediaplane
