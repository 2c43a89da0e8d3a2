// SPDX-License-Identifier: BSD-2-Clause
// The command line of mediaplane-phones.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "dataplane/net/address.h"
#include "dataplane/net/result.h"

namespace mediaplane::phones {

// Two for the caller, two where it really sends from behind NAT, two for the callee, two spare.
inline constexpr std::uint32_t kPortsPerCall = 8;

struct PartyOptions {
  std::string netns;  // Empty = the one that we were started in.
  IpAddress ip;
};

struct Options {
  std::string control;  // Path of the relay's control socket.
  PartyOptions caller;
  PartyOptions callee;
  std::uint32_t calls = 1;
  std::uint32_t seconds = 5;  // 0 = until SIGINT or SIGTERM.
  double calls_per_second = 50;
  std::uint16_t first_udp_port = 20000;
  std::string call_id_prefix;  // Empty = made of the process id.
  std::string offer_modifiers;
  std::string answer_modifiers;
  bool is_caller_behind_nat = false;
  std::optional<IpAddress> nat_inside;  // What the caller believes its address to be.
  bool is_callee_silent = false;
  bool has_rtcp = true;
  bool is_live = false;
  bool announces = false;
  bool holds_open = false;
  bool checks_hangup = false;
  std::string json;         // Path of the report, empty = none.
  std::string relay_stats;  // Path of the data plane's output, for the live table.

  // How many packets the callee wants to hear before it speaks itself: behind NAT the caller has to
  // be learned first, and from another host than the signalled one that takes 5 packets.
  std::uint32_t callee_waits_for() const {
    if (!is_caller_behind_nat) return 0;
    return nat_inside ? 6 : 1;
  }
};

enum class UsageError : std::uint8_t { kHelpWanted, kWrong };

// Prints what is wrong to stderr.
Result<Options, UsageError> parse_options(int argc, char** argv);
std::string usage_text();

}  // namespace mediaplane::phones
