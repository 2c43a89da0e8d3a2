// SPDX-License-Identifier: BSD-2-Clause
// Carries commands out: asks the service what a command comes to, takes what it needs from the
// pools, has it delivered, and answers when the data plane has confirmed.
//
// A session in the store is always one that the data plane has confirmed. A change that waits for
// its confirmation is held beside it, so a rollback means to forget that change. A deletion holds
// at once and in any case; the confirmation decides only when the resources can be used again.
//
// *Takeover.* The first data plane that attaches may have sessions of a control plane that died.
// Its call records say all of them (executor_takeover.cc): whatever the data plane had confirmed
// goes on, and a command that it never got has not been.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/config.h"
#include "controlplane/call/call_record.h"
#include "controlplane/call/command_queue.h"
#include "controlplane/call/dataplane_link.h"
#include "controlplane/call/delivery.h"
#include "controlplane/call/idle_monitor.h"
#include "controlplane/call/reports.h"
#include "controlplane/call/service.h"
#include "controlplane/call/session_extra.h"
#include "controlplane/call/session_store.h"
#include "controlplane/protocol/command.h"
#include "controlplane/protocol/exchange.h"

namespace mediaplane {

// Who plays prompts and who records; null: nobody.
struct MediaServices {
  PromptPlayer* player = nullptr;
  CallRecorder* recorder = nullptr;
};

class Executor final : public LinkEvents {
 public:
  // The link and the services outlive the executor.
  Executor(const Config& config, DataplaneLink& link, MediaServices media = {});

  // The whole life of a command, from its text to its answer.
  void execute(std::string_view text, Time now, Answer answer);

  // To be called every few hundredths of a second.
  void tick(Time now);

  // To be called when a prompt has ended; tick() does it as well.
  void look_after_playbacks(Time now);

  // True from the first time on that a data plane was attached and knew all sessions.
  bool has_been_ready() const { return has_been_ready_; }

  // One line for people: "812 sessions, data plane attached".
  std::string status() const;

  // No command waits for its answer.
  bool is_settled() const { return queue_.is_empty(); }

  // No new sessions from now on; drained is when the last one has ended.
  void drain() { is_draining_ = true; }
  bool is_drained() const { return is_draining_ && store_.size() == 0 && queue_.is_empty(); }

  // While the system gives no memory there are no new sessions.
  void set_short_of_memory(bool is_short) { is_short_of_memory_ = is_short; }

  void on_attached(Time now) override;
  void on_lost(Time now) override;
  void on_reply(RequestNumber request, abi::Status status, Time now) override;
  void on_learned(const abi::Learned& learned) override;

 private:
  struct Update;  // One that waits for its confirmation.
  struct RecordingStart;
  struct SessionSide {
    abi::SessionId session;
    abi::Side side{};
  };
  using ChangeDone = std::function<void(bool is_confirmed, Time now)>;

  void dispatch(const Command& command, Time now, Answer answer);
  Progress update(const UpdateCommand& command, const Answer& answer, Time now);
  Progress remove(const DeleteCommand& command, const Answer& answer, Time now);
  void remove_all(const Answer& answer, Time now);
  std::string answer_to(const QueryCommand& command) const;
  std::string answer_to(const InformationCommand& command) const;

  std::optional<ErrorCode> refusal(const UpdatePlan& plan) const;
  Result<Resources, ErrorCode> acquire(UpdatePlan& plan);
  void finish(Update& update, Outcome outcome, Time now);
  void commit(Update& update);
  Endpoint answer_endpoint(const UpdatePlan& plan) const;

  // Carries all plans, which are of one call, out; `done` is called in any case.
  Progress apply(const std::vector<DeletePlan>& plans, const std::string& call_id, Time now,
                 const std::function<void()>& done);
  bool apply(const DeletePlan& plan, Time now, Delivery::ReconcileDone done);
  bool end(abi::SessionId id, std::string_view reason, Time now, Delivery::ReconcileDone done);
  void sweep(Time now);
  void end_idle_sessions(std::uint32_t first, std::uint32_t count, Time now);

  std::vector<RecordedCall> recorded_calls(std::vector<abi::SessionId>& broken) const;
  // Each returns the sessions of which the data plane is to be told.
  std::vector<abi::SessionId> take_over();
  std::vector<abi::SessionId> reconcile_all();
  Result<CallSession*, std::string> adopt(RecordedCall& call);
  // Each is true if that changes what the data plane has to know.
  bool resume_recording(CallSession& session, abi::Side side, bool in_one_file);
  bool resume_prompt(CallSession& session, abi::Side side, std::optional<PromptOrder> prompt);
  void become_ready(Time now);

  Progress play(const PlayCommand& command, const Answer& answer, Time now);
  Progress stop(const StopCommand& command, const Answer& answer, Time now);
  Progress record(const RecordCommand& command, const Answer& answer, Time now);
  Progress end_recording(const EndRecordingCommand& command, const Answer& answer, Time now);
  bool change(const abi::Session& wanted, Time now, const ChangeDone& done);
  Progress reconcile(const std::vector<abi::SessionId>& sessions, const std::string& call_id,
                     Time now, const std::function<void()>& done);
  // The error is the answer of a command that plays nothing.
  Result<void, std::string> open_prompt(const PlayCommand& command, CallSession& session,
                                        abi::Side side);
  void note_begin(abi::SessionId id, Time now);
  Progress let_hear_peer(CallSession& session, abi::Side side, Time now,
                         const std::function<void()>& done);
  void end_playback(abi::SessionId id, abi::Side side, Time now);
  Result<std::vector<SessionSide>, ErrorCode> open_recordings(const RecordCommand& command);
  std::unique_ptr<Recording> open_recording(abi::SessionId id, abi::Side side,
                                            const std::string& call_id, const std::string& from_tag,
                                            bool in_one_file, bool goes_on) const;
  void record_all(Update& update) const;
  Tick present_tick() const;

  ServiceSettings settings_;
  DataplaneLink& link_;
  MediaServices media_;
  UdpPortPool udp_ports_;
  SecureRandom random_;
  SessionIds ids_;
  SessionStore store_;
  Delivery delivery_;
  IdleMonitor idle_monitor_;
  CommandQueue queue_;
  std::uint64_t sessions_created_ = 0;
  std::uint32_t next_created_ = 0;  // See abi::Session.
  PacketTotals past_packets_;       // Of sessions that ended.
  bool is_draining_ = false;
  bool is_short_of_memory_ = false;
  bool records_all_;
  // Who is being played a prompt, by the flow of RTP.
  std::map<abi::FlowIndex, abi::SessionId> listeners_;
  Time swept_until_{};               // All sessions are looked at once a second, some in each tick.
  std::uint32_t next_to_sweep_ = 0;  // Index of a session.
  bool has_been_ready_ = false;
  bool has_taken_over_ = false;      // From here on the store knows better than any record.
  std::uint64_t last_instance_ = 0;  // Of the data plane that was lost.
};

}  // namespace mediaplane
