// SPDX-License-Identifier: BSD-2-Clause
#include "tests/tools/phones/options.h"

#include <charconv>
#include <functional>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <unistd.h>

namespace mediaplane::phones {
namespace {

using Apply = std::function<bool(Options&, std::string_view)>;

struct Option {
  std::string_view name;
  std::string_view argument;  // Empty = a switch.
  std::string_view help;
  Apply apply;
};

template <typename T>
Apply number(T Options::*field, T least, T most) {
  return [=](Options& options, std::string_view text) {
    T value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size()) return false;
    options.*field = value;
    return value >= least && value <= most;
  };
}

Apply text(std::string Options::*field) {
  return [=](Options& options, std::string_view value) {
    options.*field = value;
    return !value.empty();
  };
}

Apply set(bool Options::*field, bool value = true) {
  return [=](Options& options, std::string_view) {
    options.*field = value;
    return true;
  };
}

Apply party_netns(PartyOptions Options::*party) {
  return [=](Options& options, std::string_view value) {
    (options.*party).netns = value;
    return !value.empty();
  };
}

Apply party_ip(PartyOptions Options::*party) {
  return [=](Options& options, std::string_view value) {
    const auto ip = parse_ip(value);
    if (ip) (options.*party).ip = *ip;
    return ip.has_value();
  };
}

bool set_nat_inside(Options& options, std::string_view value) {
  options.nat_inside = parse_ip(value);
  options.is_caller_behind_nat = true;
  return options.nat_inside.has_value();
}

const std::vector<Option>& table() {
  static const std::vector<Option> options{
      {"--control", "PATH", "the relay's control socket", text(&Options::control)},
      {"--caller", "IP", "the caller's address", party_ip(&Options::caller)},
      {"--callee", "IP", "the callee's address", party_ip(&Options::callee)},
      {"--caller-ns", "NETNS", "its network namespace, name or path",
       party_netns(&Options::caller)},
      {"--callee-ns", "NETNS", "its network namespace, name or path",
       party_netns(&Options::callee)},
      {"--calls", "N", "calls at once (1)", number(&Options::calls, 1U, 4000U)},
      {"--seconds", "S", "how long each talks (5); 0 = until a signal",
       number(&Options::seconds, 0U, 86400U)},
      {"--rate", "R", "calls set up in a second (50)",
       number(&Options::calls_per_second, 0.01, 100000.0)},
      {"--first-port", "PORT", "the phones' first UDP port (20000); 8 for each call",
       number(&Options::first_udp_port, std::uint16_t{1024}, std::uint16_t{65000})},
      {"--call-id", "TEXT", "prefix of the call-ids", text(&Options::call_id_prefix)},
      {"--offer", "MODIFIERS", "modifiers of U; 6 is added by the caller's family",
       text(&Options::offer_modifiers)},
      {"--answer", "MODIFIERS", "the same of L", text(&Options::answer_modifiers)},
      {"--nat", "", "the caller sends from another port than it signalled, and speaks first",
       set(&Options::is_caller_behind_nat)},
      {"--nat-inside", "IP", "as --nat, and this is the address that it signals", set_nat_inside},
      {"--callee-silent", "", "the callee sends nothing", set(&Options::is_callee_silent)},
      {"--rtcp", "", "RTCP each second both ways (default)", set(&Options::has_rtcp)},
      {"--no-rtcp", "", "no RTCP", set(&Options::has_rtcp, false)},
      {"--live", "", "a table on the terminal, redrawn every second", set(&Options::is_live)},
      {"--relay-stats", "FILE", "show the drops from this output of the data plane in it",
       text(&Options::relay_stats)},
      {"--announce", "", "print a line with the relay's endpoints for each call",
       set(&Options::announces)},
      {"--hold-open", "", "do not hang up", set(&Options::holds_open)},
      {"--check-hangup", "", "send on after the hang-up: nothing may be relayed",
       set(&Options::checks_hangup)},
      {"--json", "FILE", "write the result there", text(&Options::json)},
  };
  return options;
}

const Option* find(std::string_view name) {
  for (const Option& option : table()) {
    if (option.name == name) return &option;
  }
  return nullptr;
}

auto wrong(const std::string& what) {
  fmt::print(stderr, "mediaplane-phones: {}; try --help\n", what);
  return failure(UsageError::kWrong);
}

Result<Options, UsageError> checked(Options options) {
  if (options.control.empty()) return wrong("--control is missing");
  if (!options.caller.ip.is_set()) return wrong("--caller is missing");
  if (!options.callee.ip.is_set()) return wrong("--callee is missing");
  if (options.first_udp_port % 2 != 0) return wrong("--first-port must be even");
  if (options.first_udp_port + kPortsPerCall * options.calls > 65536)
    return wrong("too many --calls");
  if (options.call_id_prefix.empty()) options.call_id_prefix = fmt::format("phones-{}", getpid());
  return options;
}

}  // namespace

Result<Options, UsageError> parse_options(int argc, char** argv) {
  Options options;
  for (int i = 1; i < argc; ++i) {
    const std::string name = argv[i];
    if (name == "--help") return failure(UsageError::kHelpWanted);
    const Option* option = find(name);
    if (option == nullptr) return wrong("unknown option " + name);
    std::string value;
    if (!option->argument.empty()) {
      if (++i == argc) return wrong(name + " wants " + std::string(option->argument));
      value = argv[i];
    }
    if (!option->apply(options, value)) return wrong("bad argument of " + name + ": " + value);
  }
  return checked(std::move(options));
}

std::string usage_text() {
  std::string text =
      "mediaplane-phones plays both parties of calls through a relay and checks every packet.\n"
      "Exit status: 0 nothing lost, wrong, doubled or out of order; 1 something was; 2 usage.\n\n";
  for (const Option& option : table()) {
    text += fmt::format("  {:<22} {}\n", fmt::format("{} {}", option.name, option.argument),
                        option.help);
  }
  return text;
}

}  // namespace mediaplane::phones
