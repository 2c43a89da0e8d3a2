// SPDX-License-Identifier: BSD-2-Clause
// The commands of the control protocol as plain data, after everything about them has been checked
// that can be checked without knowing a session.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "dataplane/net/address.h"

namespace mediaplane {

struct VersionCommand {};  // V

struct CapabilityCommand {  // VF
  std::string date;
};

// Who speaks in a command: two tags of one call, the first being the speaker's.
struct Parties {
  std::string call_id;
  std::string from_tag;
  std::optional<std::string> to_tag;
};

enum class UpdateKind : std::uint8_t {
  kOffer,   // U: creates or updates.
  kAnswer,  // L: looks up and updates.
};

// Where a port of a session stands between two networks: modifiers I and E.
enum class Network : std::uint8_t { kInternal = 0, kExternal = 1 };

struct UpdateCommand {
  UpdateKind kind{};
  Parties parties;
  // Where the party wants its media: of the first tag's owner in an offer, of the second's in an
  // answer. Unset for a null address, and for a word that is too short or too long to be one.
  std::optional<Endpoint> media;
  IpFamily family = IpFamily::kIpv4;  // As the modifier `6` says, whatever became of the address.
  std::optional<bool> is_symmetric;   // Unset: as the configuration has it.
  bool is_weak = false;
  std::vector<Network> networks;  // Two at most: the speaker's first, then the other party's.
  // Payload types that the party understands, in its order: digits and commas. Empty: not said.
  std::string codecs;
};

struct DeleteCommand {  // D
  Parties parties;
  bool is_weak = false;
};

struct DeleteAllCommand {};  // X

struct InformationCommand {  // I
  bool with_load = false;
};

struct QueryCommand {  // Q
  Parties parties;
  bool is_verbose = false;            // Names in front of the values.
  std::vector<std::string> counters;  // None: the five usual ones.
};

inline constexpr std::string_view kSessionCodecs = "session";

struct PlayCommand {  // P: to the party that is named first.
  Parties parties;
  std::int32_t count = 1;  // Negative: for ever; 0: only end what plays.
  std::string stem;        // Of the prompt's files, which end in a dot and a payload type.
  std::string codecs;      // Payload types between commas, or kSessionCodecs.
};

struct StopCommand {  // S
  Parties parties;
};

struct RecordCommand {  // R: what the party sends that is named first.
  Parties parties;
  bool in_one_file = false;  // RTP and RTCP, of both parties.
};

struct EndRecordingCommand {  // N
  Parties parties;
  bool of_both = false;
};

using Command = std::variant<VersionCommand, CapabilityCommand, UpdateCommand, DeleteCommand,
                             DeleteAllCommand, InformationCommand, QueryCommand, PlayCommand,
                             StopCommand, RecordCommand, EndRecordingCommand>;

}  // namespace mediaplane
