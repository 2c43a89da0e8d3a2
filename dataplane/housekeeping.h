// SPDX-License-Identifier: BSD-2-Clause
// The loop of the housekeeper: the control plane's commands, what workers tell and hand over, and
// everything that time brings. Media waits for none of it.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "config/config.h"
#include "config/memory_reserve.h"
#include "dataplane/attach/server.h"
#include "dataplane/housekeeper/fragments.h"
#include "dataplane/housekeeper/neighbours.h"
#include "dataplane/housekeeper/outbox.h"
#include "dataplane/housekeeper/playback.h"
#include "dataplane/housekeeper/routes.h"
#include "dataplane/housekeeper/sessions.h"
#include "dataplane/housekeeper/silence.h"
#include "dataplane/housekeeper/slow_path.h"
#include "dataplane/pipeline/context.h"
#include "dataplane/port/ports.h"
#include "dataplane/run_options.h"
#include "dataplane/telemetry.h"
#include "dataplane/worker/clock.h"

namespace mediaplane {

// The housekeeper's ends of the rings to one worker.
struct HousekeeperRings {
  ValueRing<LearningEvent>& events;
  ValueRing<Punt>& punts;
  ValueRing<Injection>& injections;
};

class Housekeeping {
 public:
  Housekeeping(const Config& config, Ports& ports, Shared& shared, AttachServer& attach,
               const FragmentMeans& means, std::vector<HousekeeperRings> rings, CopyRings& copies,
               std::uint64_t clock_start);

  // One round, after at most `milliseconds` of waiting. True if there is more to do at once.
  bool turn(int milliseconds);
  // Until one of the stop signals comes.
  void run(const RunOptions& options, MemoryReserve& reserve);
  // After the workers have stopped: whatever still lies in rings or is held is dropped.
  void drain();

  std::uint64_t held() const { return neighbours_.held() + fragments_.held(); }
  std::uint32_t sessions() const { return sessions_.count(); }

 private:
  int patience() const;
  bool serve_workers();
  bool serve_playback();
  bool serve_commands();
  void follow_attachment();
  void tell_lost_copies();
  abi::Status execute(const abi::Message& message);
  void tick();
  void follow_links(bool look);
  void listen_for_silence();
  void relate_clocks();
  TelemetrySnapshot snapshot() const;
  void tell_service_manager(const TelemetrySnapshot& snapshot);
  bool all_workers_moved();
  void second(const RunOptions& options);
  void pin_gateways();

  const Config& config_;
  Ports& ports_;
  Shared& shared_;
  AttachServer& attach_;
  std::vector<HousekeeperRings> rings_;
  CopyRings& copies_;
  Outbox outbox_;
  NeighbourTable neighbours_;
  Fragments fragments_;
  SlowPath slow_path_;
  Routes routes_;
  Sessions sessions_;
  Playback playback_;
  Telemetry telemetry_;
  Clock clock_;
  Tick now_ = 0;
  Tick last_second_ = 0;
  Tick last_listening_ = 0;
  std::vector<Silence> silences_;  // Of each port.
  std::uint32_t seconds_ = 0;
  std::uint64_t attachment_ = 0;      // Whose copy rings are put up.
  std::uint64_t copies_lost_ = 0;     // When it was told last,
  Tick copies_lost_told_ = 0;         // and when that was.
  std::uint64_t handled_ = 0;         // Messages of any kind.
  std::uint32_t quiet_turns_ = 0;     // Since the last one.
  std::vector<std::uint64_t> polls_;  // Of each worker, a second ago.
  abi::Message message_;
};

}  // namespace mediaplane
