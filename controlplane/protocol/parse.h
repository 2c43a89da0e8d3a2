// SPDX-License-Identifier: BSD-2-Clause
// From the text of a command to a Command. What is checked first decides which error a command with
// several mistakes gets, and clients have seen that order for years: the command letter, the number
// of words, whether modifiers and sub-commands are allowed at all, the modifiers, the address. A
// session is looked up only after all of this.
#pragma once

#include <string_view>

#include "controlplane/protocol/command.h"
#include "controlplane/protocol/error_code.h"
#include "controlplane/protocol/modifiers.h"
#include "dataplane/net/result.h"

namespace mediaplane {

Result<Command, ErrorCode> parse_command(std::string_view text,
                                         const ProtocolOptions& options = {});

}  // namespace mediaplane
