// SPDX-License-Identifier: BSD-2-Clause
#include "controlplane/protocol/tokens.h"

#include <algorithm>
#include <utility>

namespace mediaplane {
namespace {

constexpr std::string_view kSeparators = " \t\r\n";

// The next word of `text`, which then begins behind it; empty if there is none.
std::string_view next_word(std::string_view& text) {
  text.remove_prefix(std::min(text.find_first_not_of(kSeparators), text.size()));
  const auto word = text.substr(0, text.find_first_of(kSeparators));
  text.remove_prefix(word.size());
  return word;
}

bool has_legal_size(const Tokens& part) { return !part.empty() && part.size() <= kMaxTokens; }

}  // namespace

Result<TokenizedText, ErrorCode> tokenize(std::string_view text) {
  if (text.find('\0') != std::string_view::npos) return failure(ErrorCode::kSyntax);
  std::vector<Tokens> parts(1);
  for (auto word = next_word(text); !word.empty(); word = next_word(text)) {
    if (word == "&&") {
      parts.emplace_back();
    } else {
      parts.back().push_back(word);
    }
    if (parts.size() > kMaxSubCommands + 1) return failure(ErrorCode::kSyntax);
  }
  if (!std::all_of(parts.begin(), parts.end(), has_legal_size)) {
    return failure(ErrorCode::kSyntax);
  }
  TokenizedText tokenized;
  tokenized.command = std::move(parts.front());
  tokenized.sub_commands.assign(std::make_move_iterator(parts.begin() + 1),
                                std::make_move_iterator(parts.end()));
  return tokenized;
}

}  // namespace mediaplane
