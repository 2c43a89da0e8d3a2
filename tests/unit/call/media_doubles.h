// SPDX-License-Identifier: BSD-2-Clause
// A player and a recorder that note what they are told.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "controlplane/call/playback.h"
#include "controlplane/call/recording.h"
#include "dataplane/abi/session.h"

namespace mediaplane {

struct NotedPlayback {
  std::string stem;
  std::string codecs;
  std::int32_t count = 0;
  StreamStart start;
  abi::SessionId session;
  abi::Side side{};
  bool has_begun = false;
  std::optional<Time> goes_on{};  // Since when, instead of beginning.
  bool has_ended = false;
  bool is_gone = false;
};

class NotingPlayer final : public PromptPlayer {
 public:
  std::unique_ptr<Playback> open(const PromptOrder& prompt, abi::SessionId session,
                                 abi::Side side) override {
    if (prompt.stem == "missing") return nullptr;
    opened.push_back(std::make_shared<NotedPlayback>(
        NotedPlayback{prompt.stem, prompt.codecs, prompt.count, prompt.start, session, side}));
    return std::make_unique<One>(opened.back());
  }
  void use(std::shared_ptr<MediaRings> rings) override { used.push_back(rings != nullptr); }

  std::vector<std::shared_ptr<NotedPlayback>> opened;
  std::vector<bool> used;  // Whether there were rings.

 private:
  class One final : public Playback {
   public:
    explicit One(std::shared_ptr<NotedPlayback> note) : note_(std::move(note)) {}
    ~One() override { note_->is_gone = true; }
    One(const One&) = delete;
    One& operator=(const One&) = delete;
    void begin() override { note_->has_begun = true; }
    void go_on(Time began) override { note_->goes_on = began; }
    bool has_ended() const override { return note_->has_ended; }

   private:
    std::shared_ptr<NotedPlayback> note_;
  };
};

struct NotedRecording {
  abi::SessionId session;
  abi::Side side{};
  std::string call_id;
  std::string from_tag;
  bool in_one_file = false;
  bool goes_on = false;
  bool is_gone = false;
};

class NotingRecorder final : public CallRecorder {
 public:
  std::unique_ptr<Recording> start(const RecordingSubject& subject) override {
    if (room == 0) return nullptr;
    --room;
    started.push_back(std::make_shared<NotedRecording>(
        NotedRecording{subject.session, subject.side, std::string(subject.call_id),
                       std::string(subject.from_tag), subject.in_one_file, subject.goes_on}));
    return std::make_unique<One>(started.back());
  }
  std::uint16_t copied() const override { return abi::kCopyRtp | abi::kCopyRtcp; }
  void use(std::shared_ptr<MediaRings> rings) override { used.push_back(rings != nullptr); }

  unsigned room = 100;  // How many more can be started.
  std::vector<std::shared_ptr<NotedRecording>> started;
  std::vector<bool> used;

 private:
  class One final : public Recording {
   public:
    explicit One(std::shared_ptr<NotedRecording> note) : note_(std::move(note)) {}
    ~One() override { note_->is_gone = true; }
    One(const One&) = delete;
    One& operator=(const One&) = delete;

   private:
    std::shared_ptr<NotedRecording> note_;
  };
};

}  // namespace mediaplane
