// SPDX-License-Identifier: BSD-2-Clause
// A command's words. Words are separated by runs of space, tab, CR and LF; nothing quotes or
// escapes, so call-ids and tags are opaque bytes. A word `&&` begins a sub-command.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "controlplane/protocol/error_code.h"
#include "dataplane/net/result.h"

namespace mediaplane {

inline constexpr std::size_t kMaxTokens = 23;  // Of the command, and of each sub-command.
inline constexpr std::size_t kMaxSubCommands = 15;

// The words refer to the text that was taken apart.
using Tokens = std::vector<std::string_view>;

struct TokenizedText {
  Tokens command;                    // At least one word.
  std::vector<Tokens> sub_commands;  // Each at least one word.
};

// kSyntax if a part has no word or too many, if there are too many parts, or for a NUL byte.
Result<TokenizedText, ErrorCode> tokenize(std::string_view text);

}  // namespace mediaplane
