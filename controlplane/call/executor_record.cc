// SPDX-License-Identifier: BSD-2-Clause
// R and N: which packets the data plane copies, and the files that take them.
#include <memory>
#include <utility>

#include <spdlog/spdlog.h>

#include "controlplane/call/executor.h"
#include "controlplane/protocol/escape.h"
#include "controlplane/protocol/reply.h"

namespace mediaplane {
namespace {

using abi::Side;

constexpr std::uint16_t kCopyFlags = abi::kCopyRtp | abi::kCopyRtcp;

}  // namespace

// One R that waits for the confirmation of each of its sessions.
struct Executor::RecordingStart {
  // One of it is ours, until all are sent: sending one may end the wait for another.
  std::size_t unconfirmed = 1;
  bool has_failed = false;
};

std::unique_ptr<Recording> Executor::open_recording(abi::SessionId id, Side side,
                                                    const std::string& call_id,
                                                    const std::string& from_tag, bool in_one_file,
                                                    bool goes_on) const {
  if (media_.recorder == nullptr) return nullptr;
  auto recording = media_.recorder->start({id, side, call_id, from_tag, in_one_file, goes_on});
  if (!recording) {
    spdlog::error("no recording: call-id {} from-tag {}", escaped(call_id), escaped(from_tag));
  }
  return recording;
}

// The sides whose recording begins now, with their files open; all of them or none.
Result<std::vector<Executor::SessionSide>, ErrorCode> Executor::open_recordings(
    const RecordCommand& command) {
  const auto matches = find_family(store_.sessions_of(command.parties.call_id), command.parties);
  if (matches.empty()) return failure(ErrorCode::kNoSuchSession);
  std::vector<SessionSide> opened;
  for (const auto& match : matches) {
    auto& session = *store_.find(match.session->id());
    const auto side = side_of(match.speaker);
    auto& recording = session.media_of(side).recording;
    if (recording && !command.in_one_file) continue;
    auto started = recording ? nullptr
                             : open_recording(session.id(), side, session.call_id, session.from_tag,
                                              command.in_one_file, false);
    if (!started) {
      for (const auto& [id, other] : opened) store_.find(id)->media_of(other).recording.reset();
      return failure(ErrorCode::kNotRecorded);
    }
    recording = std::move(started);
    session.media_of(side).is_in_one_file = command.in_one_file;
    opened.push_back({session.id(), side});
  }
  return opened;
}

Progress Executor::record(const RecordCommand& command, const Answer& answer, Time now) {
  const auto opened = open_recordings(command);
  if (!opened) {
    answer(error_reply(opened.error()));
    return Progress::kAnswered;
  }
  const auto start = std::make_shared<RecordingStart>();
  const auto fail = [this, start](const SessionSide& failed) {
    store_.find(failed.session)->media_of(failed.side).recording.reset();
    start->has_failed = true;
  };
  const auto finish = [start, answer] {
    answer(start->has_failed ? error_reply(ErrorCode::kDataplaneAway) : number_reply(0));
  };
  for (const auto& recorded : *opened) {
    auto wanted = store_.find(recorded.session)->state;
    auto& flags = side_of(wanted, recorded.side).flags;
    flags = static_cast<std::uint16_t>(flags | media_.recorder->copied());
    const auto done = [this, recorded, start, fail, finish, call_id = command.parties.call_id](
                          bool is_confirmed, Time then) {
      if (!is_confirmed) fail(recorded);
      if (--start->unconfirmed > 0) return;
      finish();
      queue_.release(call_id, then);
    };
    if (change(wanted, now, done)) {
      ++start->unconfirmed;
    } else {
      fail(recorded);
    }
  }
  if (--start->unconfirmed > 0) return Progress::kInFlight;
  finish();
  return Progress::kAnswered;
}

Progress Executor::end_recording(const EndRecordingCommand& command, const Answer& answer,
                                 Time now) {
  const auto& call_id = command.parties.call_id;
  std::vector<abi::SessionId> changed;
  for (const auto& match : find_family(store_.sessions_of(call_id), command.parties)) {
    auto& session = *store_.find(match.session->id());
    const auto own = side_of(match.speaker);
    bool has_ended = false;
    for (const auto side : {Side::kCallee, Side::kCaller}) {
      auto& recording = session.media_of(side).recording;
      if (!recording || (side != own && !command.of_both)) continue;
      recording.reset();
      auto& flags = side_of(session.state, side).flags;
      flags = static_cast<std::uint16_t>(flags & ~kCopyFlags);
      has_ended = true;
    }
    if (has_ended) changed.push_back(session.id());
  }
  if (changed.empty()) {
    answer(error_reply(ErrorCode::kNotRecorded));
    return Progress::kAnswered;
  }
  return reconcile(changed, call_id, now, [answer] { answer(number_reply(0)); });
}

}  // namespace mediaplane
