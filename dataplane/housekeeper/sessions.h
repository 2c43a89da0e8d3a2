// SPDX-License-Identifier: BSD-2-Clause
// The sessions of the data plane, and the only code that changes the flow table. Commands set and
// remove sessions; learning events and time move remote endpoints; either way the entries that
// follow are composed and published. A command is checked whole before anything is changed.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "dataplane/abi/messages.h"
#include "dataplane/housekeeper/neighbours.h"
#include "dataplane/housekeeper/records.h"
#include "dataplane/housekeeper/routes.h"
#include "dataplane/housekeeper/session_state.h"
#include "dataplane/net/result.h"
#include "dataplane/pipeline/context.h"

namespace mediaplane {

class Sessions {
 public:
  using OnLearned = std::function<void(const abi::Learned&)>;

  Sessions(Shared& shared, const Routes& routes, NeighbourTable& neighbours, OnLearned on_learned);

  abi::Status set(const abi::Session& session, std::span<const std::byte> identifiers, Tick now);
  abi::Status remove(abi::SessionId id, Tick now);

  // The entry by which a prompt gets to a side's party; why it does not, otherwise.
  Result<const FlowEntry*, Verdict> way_of_prompt(abi::SessionId id, abi::Side side) const;
  // Whoever played them is gone: the parties hear each other again.
  void stop_prompts(Tick now);

  void learn(const LearningEvent& event, Tick now);
  // To be called at every tick.
  void tick(Tick now);

  std::uint32_t count() const { return count_; }
  std::uint64_t created() const { return created_; }

 private:
  abi::Status check(const abi::Session& session, std::span<const std::byte> identifiers) const;
  bool is_side_valid(const abi::SideState& side) const;
  bool is_free_for(const FlowKey& key, std::uint32_t session) const;
  void begin(SessionState& session, abi::SessionId id);
  void restore_learned(SessionState& session, Tick now);
  void end(SessionState& session, Tick now);

  // Brings policies and published entries in line with the state.
  void refresh(SessionState& session, Tick now);
  void refresh_policies(SessionState& session, Tick now);
  void publish(SessionState& session, abi::Side side, abi::Component component, Tick now);
  void unpublish(FlowState& flow, Tick now);
  void refresh_unpublished(Tick now);
  void withdraw_moved(SessionState& session, Tick now);
  NeighbourIndex neighbour_of(const SessionState& session, abi::Side side,
                              const Endpoint& destination, Tick now);
  // Takes over a new learning state; true if something outside of it changes.
  bool adopt(SessionState& session, abi::FlowIndex index, const LatchState& next);
  LastAccepted last_accepted(abi::FlowIndex index) const;
  void reset_flows(std::uint32_t session);

  Shared& shared_;
  const Routes& routes_;
  NeighbourTable& neighbours_;
  OnLearned on_learned_;
  CallRecords records_;
  std::vector<SessionState> sessions_;
  std::vector<abi::FlowIndex> waiting_;
  // Sessions for which no entry was free: too many wait for their grace period.
  std::vector<std::uint32_t> unpublished_;
  std::uint32_t count_ = 0;
  std::uint64_t created_ = 0;
};

}  // namespace mediaplane
