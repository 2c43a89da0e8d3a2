// SPDX-License-Identifier: BSD-2-Clause
// The rules of the commands, as pure functions: command and sessions in, wanted change out. Nothing
// is taken from a pool and nothing is sent here; the executor does that with what these return.
//
// Of the two sides of a session the callee's has the UDP port that the callee sends to: it is the
// answer to the caller's offer. So a command that carries one party's address is answered with the
// port of the *other* side.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "config/config.h"
#include "controlplane/call/matching.h"
#include "controlplane/call/session.h"
#include "controlplane/protocol/command.h"
#include "controlplane/protocol/error_code.h"
#include "dataplane/net/result.h"

namespace mediaplane {

// What the configuration says about every session.
struct ServiceSettings {
  std::vector<IpAddress> local_addresses;  // Not empty.
  std::vector<IpAddress>
      advertised_addresses;  // What proxies are told, in that order; may be unset.
  // The indexes of those that serve calls, not empty. The first one serves everybody of its family
  // who does not ask for another, and the next of that family when it has no UDP ports left. When
  // two networks are bridged, there are two: the internal and the external one.
  std::vector<std::uint16_t> serving;
  bool is_bridging = false;
  bool is_symmetric = true;  // Parties of whom no command says otherwise.
  abi::Learning learning = abi::Learning::kAdaptive;
  std::uint8_t tos = 0;
  std::uint16_t side_flags = 0;  // Of every side.
};

ServiceSettings settings_of(const Config& config);

// The addresses that may serve where this one would: first itself, then its substitutes.
std::vector<std::uint16_t> choices_for(std::uint16_t local_address,
                                       const ServiceSettings& settings);

// How a session is to be after an update.
struct UpdatePlan {
  // Generation 0: a session to be created, which needs an id. A side whose UDP port is the answer
  // and still 0 needs one.
  abi::Session session;
  abi::Side answer_side{};

  bool creates() const { return session.id.generation == 0; }
  bool needs_udp_port() const { return side_of(session, answer_side).udp_port == 0; }
};

// Nothing: there is no such session, which is an answer and no error.
Result<std::optional<UpdatePlan>, ErrorCode> plan_update(
    const UpdateCommand& command, std::span<const CallSession* const> sessions,
    const ServiceSettings& settings);

// What a deletion leaves of one session: it ends when no flag is left.
struct DeletePlan {
  abi::SessionId session;
  std::uint32_t remaining_flags = 0;
};

// Nothing is left of any of these.
std::vector<DeletePlan> plan_delete_all(std::span<const CallSession* const> sessions);

// kNoSuchSession if none is meant.
Result<std::vector<DeletePlan>, ErrorCode> plan_delete(
    const DeleteCommand& command, std::span<const CallSession* const> sessions);

}  // namespace mediaplane
