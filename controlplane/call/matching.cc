// SPDX-License-Identifier: BSD-2-Clause
#include "controlplane/call/matching.h"

namespace mediaplane {
namespace {

enum class TagMatch : std::uint8_t { kNone, kExact, kFamily };

// How a session's tag fits a tag that may lack the media number.
TagMatch compare_tags(std::string_view kept, std::string_view given) {
  if (kept == given) return TagMatch::kExact;
  const bool continues = kept.starts_with(given) && kept.substr(given.size()).starts_with(';');
  return continues ? TagMatch::kFamily : TagMatch::kNone;
}

// From the last semicolon on; empty if there is none.
std::string_view media_number(std::string_view tag) {
  const auto semicolon = tag.rfind(';');
  return semicolon == std::string_view::npos ? std::string_view() : tag.substr(semicolon);
}

// The second tag may lack the media number if the first one carries it.
bool is_to_tag_of(const std::string& kept, const Parties& parties) {
  if (!parties.to_tag) return false;
  switch (compare_tags(kept, *parties.to_tag)) {
    case TagMatch::kExact:
      return true;
    case TagMatch::kFamily:
      return media_number(kept) == media_number(parties.from_tag);
    case TagMatch::kNone:
      break;
  }
  return false;
}

}  // namespace

std::optional<Match> find_one(std::span<const CallSession* const> sessions,
                              const Parties& parties) {
  for (const auto* session : sessions) {
    if (session->from_tag == parties.from_tag) return Match{session, Speaker::kCaller};
    if (is_to_tag_of(session->from_tag, parties)) return Match{session, Speaker::kCallee};
  }
  return std::nullopt;
}

std::vector<Match> find_family(std::span<const CallSession* const> sessions,
                               const Parties& parties) {
  std::vector<Match> matches;
  for (const auto* session : sessions) {
    auto match = compare_tags(session->from_tag, parties.from_tag);
    auto speaker = Speaker::kCaller;
    if (match == TagMatch::kNone && parties.to_tag) {
      match = compare_tags(session->from_tag, *parties.to_tag);
      speaker = Speaker::kCallee;
    }
    if (match == TagMatch::kNone) continue;
    matches.push_back({session, speaker, match == TagMatch::kExact});
  }
  return matches;
}

}  // namespace mediaplane
