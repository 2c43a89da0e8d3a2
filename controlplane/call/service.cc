// SPDX-License-Identifier: BSD-2-Clause
#include "controlplane/call/service.h"

#include <algorithm>
#include <array>

namespace mediaplane {
namespace {

using abi::Side;

// The index of the local address that a command without directions asks for: the first that serves,
// unless the command speaks of the other family. Nothing if no address has that family.
std::optional<std::uint16_t> local_address_for(IpFamily family, const ServiceSettings& settings) {
  const auto found = std::ranges::find_if(settings.serving, [&](auto index) {
    return settings.local_addresses[index].family == family;
  });
  if (found == settings.serving.end()) return std::nullopt;
  return *found;
}

abi::Session new_session(const ServiceSettings& settings) {
  abi::Session session;
  for (auto& side : session.sides) {
    side.local_address = settings.serving.front();
    side.learning = settings.learning;
    side.tos = settings.tos;
    side.flags = settings.side_flags;
  }
  return session;
}

// Directions are given once, by the offer that creates a session. The first letter is the network
// of the party that speaks: that party sends to the port that the answer will be told.
void place(const std::vector<Network>& networks, const ServiceSettings& settings,
           abi::Session& session) {
  constexpr std::array kSides = {Side::kCaller, Side::kCallee};
  for (std::size_t i = 0; i < networks.size(); ++i) {
    const auto network = static_cast<std::size_t>(networks[i]);
    side_of(session, kSides[i]).local_address = settings.serving[network];
  }
}

// The family of a command moves a new session, and of a known one the port that it asks for.
void move_to(std::uint16_t local_address, UpdatePlan& plan) {
  if (plan.creates()) {
    for (auto& side : plan.session.sides) side.local_address = local_address;
  } else if (plan.needs_udp_port()) {
    side_of(plan.session, plan.answer_side).local_address = local_address;
  }
}

// An offer carries the speaker's address, an answer the other party's.
Side side_of_address(UpdateKind kind, Speaker speaker) {
  const bool is_callers = (kind == UpdateKind::kOffer) == (speaker == Speaker::kCaller);
  return is_callers ? Side::kCaller : Side::kCallee;
}

// `signalled` in the configuration is a promise that no modifier breaks.
abi::Learning learning_for(const UpdateCommand& command, const ServiceSettings& settings) {
  const bool fixed = settings.learning == abi::Learning::kSignalled;
  const bool symmetric = command.is_symmetric.value_or(settings.is_symmetric);
  return symmetric || fixed ? settings.learning : abi::Learning::kAddress;
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

std::vector<std::uint16_t> serving_addresses(const Config& config) {
  const auto all = config.local_addresses();
  const auto& wanted = config.media.addresses.empty() ? all : config.media.addresses;
  std::vector<std::uint16_t> serving;
  for (const auto& address : wanted) {
    serving.push_back(static_cast<std::uint16_t>(std::ranges::find(all, address) - all.begin()));
  }
  return serving;
}

}  // namespace

ServiceSettings settings_of(const Config& config) {
  const auto& media = config.media;
  const auto twice = media.send_small_twice ? abi::kSendTwice : std::uint16_t{0};
  return {config.local_addresses(),
          config.advertised_addresses(),
          serving_addresses(config),
          media.bridge,
          media.symmetric,
          media.learning,
          media.tos,
          twice};
}

std::vector<std::uint16_t> choices_for(std::uint16_t local_address,
                                       const ServiceSettings& settings) {
  std::vector<std::uint16_t> choices = {local_address};
  if (settings.is_bridging) return choices;
  const auto& addresses = settings.local_addresses;
  for (const auto index : settings.serving) {
    if (index == local_address || addresses[index].family != addresses[local_address].family) {
      continue;
    }
    choices.push_back(index);
  }
  return choices;
}

Result<std::optional<UpdatePlan>, ErrorCode> plan_update(
    const UpdateCommand& command, std::span<const CallSession* const> sessions,
    const ServiceSettings& settings) {
  // Without directions the family says which address. With them, it only reads the address given.
  const auto by_family = local_address_for(command.family, settings);
  if (!by_family && command.networks.empty()) return failure(ErrorCode::kNoSuchFamily);

  const auto match = find_one(sessions, command.parties);
  if (!match && command.kind == UpdateKind::kAnswer) return std::nullopt;

  UpdatePlan plan;
  plan.session = match ? match->session->state : new_session(settings);
  if (!match) place(command.networks, settings, plan.session);
  const auto speaker = match ? match->speaker : Speaker::kCaller;
  const auto address_side = side_of_address(command.kind, speaker);
  plan.answer_side = other(address_side);
  if (command.networks.empty() && *by_family != settings.serving.front()) {
    move_to(*by_family, plan);
  }
  apply(command, settings, address_side, plan.session);
  return plan;
}

Result<std::vector<DeletePlan>, ErrorCode> plan_delete(
    const DeleteCommand& command, std::span<const CallSession* const> sessions) {
  const auto matches = find_family(sessions, command.parties);
  if (matches.empty()) return failure(ErrorCode::kNoSuchSession);
  std::vector<DeletePlan> plans;
  for (const auto& [session, speaker, is_exact] : matches) {
    // Sides count here as in an answer, so the caller takes back what the *callee's* offer claimed.
    const auto weak_side = speaker == Speaker::kCaller ? Side::kCaller : Side::kCallee;
    const auto cleared = command.is_weak ? weak(weak_side) : kStrong;
    const auto remaining = session->state.control_flags & ~cleared;
    plans.push_back({session->id(), remaining});
    if (is_exact && remaining == 0) break;  // The numbers behind it need a D of their own.
  }
  return plans;
}

std::vector<DeletePlan> plan_delete_all(std::span<const CallSession* const> sessions) {
  std::vector<DeletePlan> plans;
  for (const auto* session : sessions) plans.push_back({session->id(), 0});
  return plans;
}

}  // namespace mediaplane
