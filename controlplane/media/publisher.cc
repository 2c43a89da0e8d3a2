// SPDX-License-Identifier: BSD-2-Clause
#include "controlplane/media/publisher.h"

#include <system_error>

#include <spdlog/spdlog.h>

#include "controlplane/media/quiet_thread.h"
#include "controlplane/protocol/escape.h"

namespace mediaplane {

Publisher::Publisher(RecordingDirectory& directory)
    : directory_(directory), thread_(quiet_thread([this] { run(); })) {}

Publisher::~Publisher() {
  {
    const std::lock_guard lock(mutex_);
    is_over_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

void Publisher::give(const Files& files) {
  if (files.empty()) return;
  {
    const std::lock_guard lock(mutex_);
    waiting_.insert(waiting_.end(), files.begin(), files.end());
  }
  changed_.notify_one();
}

void Publisher::run() {
  for (bool is_last = false; !is_last;) {
    Files files;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return !waiting_.empty() || is_over_; });
      files.swap(waiting_);
      is_last = is_over_;
    }
    for (const auto& file : files) publish(*file);
  }
}

void Publisher::publish(RecordingFile& file) {
  file.flush();
  if (const auto error = directory_.publish(file.descriptor(), file.name()); error != 0) {
    spdlog::error("recording {} stays in the spool: {}", escaped(file.name()),
                  std::generic_category().message(error));
  }
  spdlog::info("recording {} ended: {} packets, {} lost", escaped(file.name()), file.packets(),
               file.lost());
}

}  // namespace mediaplane
