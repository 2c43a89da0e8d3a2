// SPDX-License-Identifier: BSD-2-Clause
#include "controlplane/protocol/parse.h"

#include <array>
#include <cstddef>
#include <string>

#include "controlplane/protocol/media_address.h"
#include "controlplane/protocol/tokens.h"

namespace mediaplane {
namespace {

using ParseResult = Result<Command, ErrorCode>;

struct Syntax {
  char letter;
  std::size_t min_tokens;
  std::size_t max_tokens;  // The command itself counts.
  bool takes_modifiers;
  ParseResult (*parse)(const Tokens& tokens, std::string_view modifiers,
                       const ProtocolOptions& options);
};

// Tag words stand behind each other, the second one optional.
Parties parties_of(const Tokens& tokens, std::size_t from_tag, bool has_to_tag) {
  Parties parties{std::string(tokens[1]), std::string(tokens[from_tag]), std::nullopt};
  if (has_to_tag) parties.to_tag = std::string(tokens[from_tag + 1]);
  return parties;
}

ParseResult parse_version(const Tokens&, std::string_view, const ProtocolOptions&) {
  return VersionCommand{};
}

ParseResult parse_capability(const Tokens& tokens, std::string_view, const ProtocolOptions&) {
  return CapabilityCommand{std::string(tokens[1])};
}

ParseResult parse_update(UpdateKind kind, const Tokens& tokens, std::string_view modifiers,
                         const ProtocolOptions& options) {
  UpdateCommand command;
  command.kind = kind;
  if (const auto applied = apply_update_modifiers(modifiers, options, command); !applied) {
    return failure(applied.error());
  }
  const auto media = parse_media_address(tokens[2], tokens[3], command.family);
  if (!media) return failure(media.error());
  command.media = *media;
  // The sixth word is the to-tag, the two behind it say whom to notify of a time-out.
  if (tokens.size() > 6) return failure(ErrorCode::kNotifyNotPermitted);
  command.parties = parties_of(tokens, 4, tokens.size() == 6);
  return command;
}

ParseResult parse_offer(const Tokens& tokens, std::string_view modifiers,
                        const ProtocolOptions& options) {
  return parse_update(UpdateKind::kOffer, tokens, modifiers, options);
}

ParseResult parse_answer(const Tokens& tokens, std::string_view modifiers,
                         const ProtocolOptions& options) {
  return parse_update(UpdateKind::kAnswer, tokens, modifiers, options);
}

ParseResult parse_delete(const Tokens& tokens, std::string_view modifiers, const ProtocolOptions&) {
  DeleteCommand command;
  if (const auto applied = apply_delete_modifiers(modifiers, command); !applied) {
    return failure(applied.error());
  }
  command.parties = parties_of(tokens, 2, tokens.size() == 4);
  return command;
}

ParseResult parse_delete_all(const Tokens&, std::string_view, const ProtocolOptions&) {
  return DeleteAllCommand{};
}

ParseResult parse_information(const Tokens&, std::string_view modifiers, const ProtocolOptions&) {
  InformationCommand command;
  if (const auto applied = apply_information_modifiers(modifiers, command); !applied) {
    return failure(applied.error());
  }
  return command;
}

ParseResult parse_query(const Tokens& tokens, std::string_view modifiers, const ProtocolOptions&) {
  QueryCommand command;
  if (const auto applied = apply_query_modifiers(modifiers, command); !applied) {
    return failure(applied.error());
  }
  command.parties = parties_of(tokens, 2, tokens.size() >= 4);
  for (std::size_t i = 4; i < tokens.size(); ++i) command.counters.emplace_back(tokens[i]);
  return command;
}

ParseResult parse_play(const Tokens& tokens, std::string_view modifiers, const ProtocolOptions&) {
  PlayCommand command;
  if (const auto applied = apply_play_modifiers(modifiers, command); !applied) {
    return failure(applied.error());
  }
  command.parties = parties_of(tokens, 4, tokens.size() == 6);
  command.stem = tokens[2];
  command.codecs = tokens[3];
  return command;
}

ParseResult parse_stop(const Tokens& tokens, std::string_view, const ProtocolOptions&) {
  return StopCommand{parties_of(tokens, 2, tokens.size() == 4)};
}

ParseResult parse_record(const Tokens& tokens, std::string_view modifiers, const ProtocolOptions&) {
  RecordCommand command;
  if (const auto applied = apply_record_modifiers(modifiers, command); !applied) {
    return failure(applied.error());
  }
  command.parties = parties_of(tokens, 2, tokens.size() == 4);
  return command;
}

ParseResult parse_end_recording(const Tokens& tokens, std::string_view modifiers,
                                const ProtocolOptions&) {
  EndRecordingCommand command;
  if (const auto applied = apply_end_recording_modifiers(modifiers, command); !applied) {
    return failure(applied.error());
  }
  command.parties = parties_of(tokens, 2, tokens.size() == 4);
  return command;
}

// Known, and refused as if it were not: a wrong number of words is a wrong number of words.
ParseResult parse_unbuilt(const Tokens&, std::string_view, const ProtocolOptions&) {
  return failure(ErrorCode::kUnknownCommand);
}

constexpr std::array kCommands = {
    Syntax{'V', 1, 1, false, parse_version},    Syntax{'U', 5, 8, true, parse_offer},
    Syntax{'L', 5, 6, true, parse_answer},      Syntax{'D', 3, 4, true, parse_delete},
    Syntax{'X', 1, 1, false, parse_delete_all}, Syntax{'I', 1, 1, true, parse_information},
    Syntax{'Q', 3, 15, true, parse_query},      Syntax{'P', 5, 6, true, parse_play},
    Syntax{'S', 3, 4, false, parse_stop},       Syntax{'R', 3, 4, true, parse_record},
    Syntax{'C', 4, 5, true, parse_unbuilt},     Syntax{'N', 3, 4, true, parse_end_recording},
    Syntax{'G', 1, 30, true, parse_unbuilt},
};
// In front of its modifiers VF has two letters.
constexpr Syntax kCapabilitySyntax{'V', 2, 2, false, parse_capability};

const Syntax* syntax_of(std::string_view word) {
  if (word.size() >= 2 && upper(word[0]) == 'V' && upper(word[1]) == 'F') {
    return &kCapabilitySyntax;
  }
  for (const auto& syntax : kCommands) {
    if (syntax.letter == upper(word[0])) return &syntax;
  }
  return nullptr;
}

}  // namespace

ParseResult parse_command(std::string_view text, const ProtocolOptions& options) {
  const auto tokenized = tokenize(text);
  if (!tokenized) return failure(tokenized.error());
  const auto& tokens = tokenized->command;
  const auto* syntax = syntax_of(tokens[0]);
  if (syntax == nullptr) return failure(ErrorCode::kUnknownCommand);
  if (tokens.size() < syntax->min_tokens || tokens.size() > syntax->max_tokens) {
    return failure(ErrorCode::kArgumentCount);
  }
  const auto modifiers = tokens[0].substr(syntax == &kCapabilitySyntax ? 2 : 1);
  if (!modifiers.empty() && !syntax->takes_modifiers) {
    return failure(ErrorCode::kModifiersNotAllowed);
  }
  if (!tokenized->sub_commands.empty()) return failure(ErrorCode::kSubCommand);
  return syntax->parse(tokens, modifiers, options);
}

}  // namespace mediaplane
