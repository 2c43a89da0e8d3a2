// SPDX-License-Identifier: BSD-2-Clause
#include "tests/tools/phones/scenario.h"

#include <chrono>
#include <cstdio>

#include <fmt/format.h>

namespace mediaplane::phones {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kStragglersWithin{2000};
constexpr milliseconds kSilenceAfterHangup{300};

bool has_all_arrived(Call& call) {
  for (const Party party : kParties) {
    for (const Component component : kComponents) {
      if (call.flow(party, component).tally().lost() > 0) return false;
    }
  }
  return true;
}

std::string_view family_modifier(const Endpoint& signalled) {
  return signalled.ip.family == IpFamily::kIpv6 ? "6" : "";
}

std::string offer_command(const Call& call, const std::string& modifiers) {
  const Endpoint& caller = call.phones[index_of(Party::kCaller)].signalled;
  return fmt::format("U{}{} {} {} {} {}", modifiers, family_modifier(caller), call.id,
                     to_string(caller.ip), caller.udp_port, call.from_tag);
}

std::string answer_command(const Call& call, const std::string& modifiers) {
  const Endpoint& callee = call.phones[index_of(Party::kCallee)].signalled;
  return fmt::format("L{}{} {} {} {} {} {}", modifiers, family_modifier(callee), call.id,
                     to_string(callee.ip), callee.udp_port, call.from_tag, call.to_tag);
}

}  // namespace

Scenario::Scenario(EventLoop& loop, Media& media, const Options& options)
    : loop_(loop), media_(media), options_(options), control_(loop, options.control) {
  for (std::uint32_t number = 0; number < options.calls; ++number) {
    calls_.push_back(make_call(options, number));
  }
}

Result<void, std::string> Scenario::start() {
  const Time start = Clock::now();
  for (Call& call : calls_) {
    const auto opened = open_sockets(call, options_);
    if (!opened) return opened;
    media_.listen(call);
    const std::chrono::duration<double> offset(call.number / options_.calls_per_second);
    loop_.at(start + std::chrono::duration_cast<Clock::duration>(offset),
             [this, &call] { offer(call); });
  }
  return {};
}

void Scenario::interrupt() {
  is_interrupted_ = true;
  media_.stop_talking();
}

// What the relay answers to the caller's offer goes into the callee's SDP: the callee sends there.
void Scenario::offer(Call& call) {
  if (is_interrupted_) return finish_call();
  const auto command = offer_command(call, options_.offer_modifiers);
  control_.send(command, [this, &call, command](const ControlClient::Answer& reply) {
    if (!reply) return give_up(reply.error());
    const auto relay = parse_endpoint_answer(*reply);
    if (!relay) return give_up(command + ": " + *reply);
    call.phone(Party::kCallee).relay = *relay;
    answer(call);
  });
}

void Scenario::answer(Call& call) {
  const auto command = answer_command(call, options_.answer_modifiers);
  control_.send(command, [this, &call, command](const ControlClient::Answer& reply) {
    if (!reply) return give_up(reply.error());
    const auto relay = parse_endpoint_answer(*reply);
    if (!relay) return give_up(command + ": " + *reply);
    call.phone(Party::kCaller).relay = *relay;
    note_set_up(call);
    media_.talk(call, [this] { finish_call(); });
  });
}

void Scenario::note_set_up(Call& call) {
  call.is_set_up = true;
  ++calls_set_up_;
  if (options_.announces) {
    fmt::print("call {} is up: caller sends to {}, callee sends to {}\n", call.id,
               to_string(call.phone(Party::kCaller).relay),
               to_string(call.phone(Party::kCallee).relay));
  }
  if (calls_set_up_ == options_.calls) fmt::print("calls up: {}\n", calls_set_up_);
  std::fflush(stdout);
}

void Scenario::give_up(const std::string& error) {
  errors_.push_back(error);
  finish_call();
}

void Scenario::finish_call() {
  if (++calls_finished_ == options_.calls) wait_for_stragglers(Clock::now() + kStragglersWithin);
}

void Scenario::wait_for_stragglers(Time deadline) {
  bool has_all = true;
  for (Call& call : calls_) has_all = has_all && has_all_arrived(call);
  if (has_all || Clock::now() >= deadline) return hang_up();
  loop_.at(Clock::now() + milliseconds(10), [this, deadline] { wait_for_stragglers(deadline); });
}

void Scenario::hang_up() {
  hang_ups_pending_ = options_.holds_open ? 0 : calls_set_up_;
  if (hang_ups_pending_ == 0) return loop_.stop();
  for (Call& call : calls_) {
    if (!call.is_set_up) continue;
    const std::string command = fmt::format("D {} {} {}", call.id, call.from_tag, call.to_tag);
    control_.send(command, [this, command](const ControlClient::Answer& reply) {
      if (!reply) {
        errors_.push_back(reply.error());
      } else if (*reply != "0") {
        errors_.push_back(command + ": " + *reply);
      }
      if (--hang_ups_pending_ == 0) finish_hang_up();
    });
  }
}

void Scenario::finish_hang_up() {
  if (!options_.checks_hangup) return loop_.stop();
  for (Call& call : calls_) {
    if (call.is_set_up) media_.knock(call);
  }
  loop_.at(Clock::now() + kSilenceAfterHangup, [this] { loop_.stop(); });
}

}  // namespace mediaplane::phones
