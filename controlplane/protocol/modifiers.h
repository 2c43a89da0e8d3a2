// SPDX-License-Identifier: BSD-2-Clause
// The letters behind the command letter, in either case.
#pragma once

#include <string_view>

#include "controlplane/protocol/command.h"
#include "controlplane/protocol/error_code.h"
#include "dataplane/net/result.h"

namespace mediaplane {

// What the configuration makes of the protocol.
struct ProtocolOptions {
  bool is_bridging = false;  // E and I mean something.
};

// Of U and L: sets what they say in `command`.
Result<void, ErrorCode> apply_update_modifiers(std::string_view modifiers,
                                               const ProtocolOptions& options,
                                               UpdateCommand& command);

// Of D.
Result<void, ErrorCode> apply_delete_modifiers(std::string_view modifiers, DeleteCommand& command);

// Of I.
Result<void, ErrorCode> apply_information_modifiers(std::string_view modifiers,
                                                    InformationCommand& command);

// Of Q.
Result<void, ErrorCode> apply_query_modifiers(std::string_view modifiers, QueryCommand& command);

// Of P: the count.
Result<void, ErrorCode> apply_play_modifiers(std::string_view modifiers, PlayCommand& command);

// Of R.
Result<void, ErrorCode> apply_record_modifiers(std::string_view modifiers, RecordCommand& command);

// Of N.
Result<void, ErrorCode> apply_end_recording_modifiers(std::string_view modifiers,
                                                      EndRecordingCommand& command);

constexpr char upper(char letter) {
  return letter >= 'a' && letter <= 'z' ? static_cast<char>(letter - 'a' + 'A') : letter;
}

}  // namespace mediaplane
