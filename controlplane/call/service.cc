// SPDX-License-Identifier: BSD-2-Clause
#include "controlplane/call/service.h"

#include <algorithm>

namespace mediaplane {
namespace {

using abi::Side;

// The index of the local address for a party of this family: the first one serves everybody of its
// own family. Nothing if the family has no local address.
std::optional<std::uint16_t> local_address_for(IpFamily family, const ServiceSettings& settings) {
  const auto& addresses = settings.local_addresses;
  const auto found = std::find_if(addresses.begin(), addresses.end(),
                                  [&](const auto& address) { return address.family == family; });
  if (found == addresses.end()) return std::nullopt;
  return static_cast<std::uint16_t>(found - addresses.begin());
}

abi::Session new_session(std::uint16_t local_address, const ServiceSettings& settings) {
  abi::Session session;
  for (auto& side : session.sides) {
    side.local_address = local_address;
    side.learning = settings.learning;
    side.tos = settings.tos;
  }
  return session;
}

// An offer carries the speaker's address, an answer the other party's.
Side side_of_address(UpdateKind kind, Speaker speaker) {
  const bool is_callers = (kind == UpdateKind::kOffer) == (speaker == Speaker::kCaller);
  return is_callers ? Side::kCaller : Side::kCallee;
}

// `signalled` in the configuration is a promise that no modifier breaks.
abi::Learning learning_for(const UpdateCommand& command, const ServiceSettings& settings) {
  const bool fixed = settings.learning == abi::Learning::kSignalled;
  return command.is_asymmetric && !fixed ? abi::Learning::kAddress : settings.learning;
}

// A call that a proxy sends through the relay twice signals the address that we told it ourselves.
Endpoint as_we_know_it(Endpoint endpoint, const ServiceSettings& settings) {
  const auto& told = settings.advertised_addresses;
  const auto found = std::find(told.begin(), told.end(), endpoint.ip);
  if (found != told.end()) {
    endpoint.ip = settings.local_addresses[static_cast<std::size_t>(found - told.begin())];
  }
  return endpoint;
}

void apply(const UpdateCommand& command, const ServiceSettings& settings, Side address_side,
           abi::Session& session) {
  auto& party = side_of(session, address_side);
  party.learning = learning_for(command, settings);
  if (command.media) {
    party.signalled = as_we_know_it(*command.media, settings);
    ++party.offers;
  }
  if (command.is_weak) {
    session.control_flags |= weak(other(address_side));
  } else if (command.kind == UpdateKind::kOffer) {
    session.control_flags |= kStrong;
  }
}

}  // namespace

Result<std::optional<UpdatePlan>, ErrorCode> plan_update(
    const UpdateCommand& command, std::span<const CallSession* const> sessions,
    const ServiceSettings& settings) {
  const auto local_address = local_address_for(command.family, settings);
  if (!local_address) return failure(ErrorCode::kNoSuchFamily);

  const auto match = find_one(sessions, command.parties);
  if (!match && command.kind == UpdateKind::kAnswer) return std::nullopt;

  UpdatePlan plan;
  plan.session = match ? match->session->state : new_session(*local_address, settings);
  const auto speaker = match ? match->speaker : Speaker::kCaller;
  const auto address_side = side_of_address(command.kind, speaker);
  plan.answer_side = other(address_side);
  // The family moves a port that has not been handed out yet only away from the first address.
  if (*local_address != 0 && plan.needs_udp_port()) {
    side_of(plan.session, plan.answer_side).local_address = *local_address;
  }
  apply(command, settings, address_side, plan.session);
  return plan;
}

Result<std::vector<DeletePlan>, ErrorCode> plan_delete(
    const DeleteCommand& command, std::span<const CallSession* const> sessions) {
  const auto matches = find_family(sessions, command.parties);
  if (matches.empty()) return failure(ErrorCode::kNoSuchSession);
  std::vector<DeletePlan> plans;
  for (const auto& [session, speaker] : matches) {
    // Sides count here as in an answer, so the caller takes back what the *callee's* offer claimed.
    const auto weak_side = speaker == Speaker::kCaller ? Side::kCaller : Side::kCallee;
    const auto cleared = command.is_weak ? weak(weak_side) : kStrong;
    plans.push_back({session->id(), session->state.control_flags & ~cleared});
  }
  return plans;
}

std::vector<DeletePlan> plan_delete_all(std::span<const CallSession* const> sessions) {
  std::vector<DeletePlan> plans;
  for (const auto* session : sessions) plans.push_back({session->id(), 0});
  return plans;
}

}  // namespace mediaplane
