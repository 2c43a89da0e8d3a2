// SPDX-License-Identifier: BSD-2-Clause
// Records what parties send. The event loop makes the files; a thread takes the copies that the
// data plane's workers make out of their rings and writes them. A disk that is full or slow costs
// recorded packets, which are counted, and nothing else: nobody waits for the thread.
//
// The rings have no bell: a worker rings none. The thread looks into them every few milliseconds
// while something is recorded, and sleeps while nothing is.
//
// Files grow where the next run finds them by their names: after a restart a recording goes on in
// the same file, behind the last whole packet. What parties send while nobody records is missing.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <variant>
#include <vector>

#include "config/config.h"
#include "controlplane/call/recording.h"
#include "controlplane/media/publisher.h"
#include "controlplane/media/recording_desk.h"
#include "controlplane/media/recording_directory.h"

namespace mediaplane {

class Recorder final : public CallRecorder {
 public:
  // `local_addresses` as the data plane has them: copies say their place in it.
  Recorder(const RecordingConfig& config, std::vector<IpAddress> local_addresses);
  Recorder(const Recorder&) = delete;
  Recorder& operator=(const Recorder&) = delete;
  // All files are complete afterwards.
  ~Recorder() override;

  std::unique_ptr<Recording> start(const RecordingSubject& subject) override;
  std::uint16_t copied() const override;
  void use(std::shared_ptr<MediaRings> rings) override;
  // What ends from now on goes on under the next run: all is written, and nothing published.
  void leave();

 private:
  class OneRecording;
  struct Leave {};
  // To end one recording, to finish files, to use other rings, or to leave files to the next run.
  using Order =
      std::variant<RecordingDesk::Place, RecordingDesk::Files, std::shared_ptr<MediaRings>, Leave>;

  std::shared_ptr<RecordingFile> file_named(const std::string& name, bool goes_on);
  std::shared_ptr<RecordingFile> create(const std::string& name);
  std::shared_ptr<RecordingFile> reopen(const std::string& name);
  // Nothing if a file cannot be made.
  std::optional<RecordingDesk::SideFiles> files_for(const RecordingSubject& subject);
  void stop(const RecordingDesk::Place& place);
  void give(Order order);
  void run();
  void carry_out(Order& order);
  void finish(const RecordingDesk::Files& files);
  void drain();
  std::uint64_t losses() const;
  void watch_losses();

  RecordingConfig config_;
  RecordingDirectory directory_;
  Publisher publisher_;
  RecordingDesk desk_;
  std::uint64_t last_number_ = 0;  // For the event loop alone.

  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Order> orders_;
  bool is_over_ = false;

  // Of the thread alone.
  std::shared_ptr<MediaRings> rings_;
  std::vector<bool> is_readable_;  // By copy ring: no garbage came out of it.
  std::uint64_t copies_lost_ = 0;
  bool is_leaving_ = false;

  std::thread thread_;  // The last member: it starts when all others are there.
};

}  // namespace mediaplane
