// SPDX-License-Identifier: BSD-2-Clause
#include "config/syntax.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <string>

#include "dataplane/net/address.h"

namespace mediaplane::config {
namespace {

constexpr int kMaxRepairs = 50;
constexpr std::string_view kBlanks = " \t";
constexpr std::string_view kDelimiters = " \t[]{},=\"'#";

struct Correction {
  std::string what;
  std::string replacement;
};

bool is_toml_value(std::string_view token) {
  const auto text = "x = " + std::string(token);
  return static_cast<bool>(toml::parse(std::string_view(text)));
}

// The end of a quoted string that begins at `from`.
std::size_t end_of_quoted(std::string_view line, std::size_t from) {
  const char quote = line[from];
  for (std::size_t i = from + 1; i < line.size(); ++i) {
    if (line[i] == '\\' && quote == '"') {
      ++i;
    } else if (line[i] == quote) {
      return i + 1;
    }
  }
  return line.size();
}

// A value that is alone on its line ends at the comment or at the end of the line, so that the
// commas of a device's arguments belong to it.
std::size_t end_of_lone_value(std::string_view line, std::size_t from) {
  const auto comment = line.find(" #", from);
  return line.find_last_not_of(kBlanks, comment == line.npos ? line.npos : comment) + 1;
}

bool is_key(std::string_view line, std::size_t end) {
  const auto next = line.find_first_not_of(kBlanks, end);
  return next != line.npos && line[next] == '=';
}

// The first thing on a line that stands in the place of a value and is none; empty if there is
// none.
std::string_view find_bare_text(std::string_view line) {
  bool is_lone = false;  // Directly behind a key's '='.
  std::size_t i = 0;
  while (i < line.size() && line[i] != '#') {
    if (line[i] == '"' || line[i] == '\'') {
      i = end_of_quoted(line, i);
    } else if (kDelimiters.find(line[i]) != kDelimiters.npos) {
      if (kBlanks.find(line[i]) == kBlanks.npos) is_lone = line[i] == '=';
      ++i;
    } else {
      auto end = std::min(line.find_first_of(kDelimiters, i), line.size());
      if (is_lone && line.find('{') == line.npos) end = end_of_lone_value(line, i);
      const auto token = line.substr(i, end - i);
      if (!is_key(line, end) && !is_toml_value(token)) return token;
      is_lone = false;
      i = end;
    }
  }
  return {};
}

std::optional<Correction> correction_of(std::string_view bare) {
  constexpr std::array<std::string_view, 4> kYes = {"yes", "on", "True", "TRUE"};
  constexpr std::array<std::string_view, 4> kNo = {"no", "off", "False", "FALSE"};
  if (std::ranges::find(kYes, bare) != kYes.end()) {
    return Correction{"a switch is true or false", "true"};
  }
  if (std::ranges::find(kNo, bare) != kNo.end()) {
    return Correction{"a switch is true or false", "false"};
  }
  if (bare.empty() || bare.find_first_of(" \t\"'\\") != bare.npos) return std::nullopt;
  const auto quoted = '"' + std::string(bare) + '"';
  if (parse_prefix(bare) || parse_ip(bare)) return Correction{"an address needs quotes", quoted};
  if (parse_mac(bare)) return Correction{"a MAC address needs quotes", quoted};
  return Correction{"text needs quotes", quoted};
}

bool is_table_header(std::string_view line) {
  const auto first = line.find_first_not_of(kBlanks);
  return first != line.npos && line[first] == '[' && line.find('=') == line.npos;
}

// Quotes the bare text on a line of `text`; false if there is none.
bool repair_line(std::string& text, std::size_t line_number, Problems& problems) {
  const auto lines = lines_of(text);
  if (line_number == 0 || line_number > lines.size()) return false;
  const auto line = lines[line_number - 1];
  if (is_table_header(line)) return false;
  const auto bare = find_bare_text(line);
  const auto correction = correction_of(bare);
  if (!correction) return false;
  const auto column = characters_in({line.data(), bare.data()}) + 1;
  const Position at{line_number, column};
  problems.add(at, correction->what, "write " + correction->replacement);
  problems.repaired({at, characters_in(bare), correction->replacement.size()});
  text.replace(static_cast<std::size_t>(bare.data() - text.data()), bare.size(),
               correction->replacement);
  return true;
}

// "Error while parsing array: expected comma" -> "in array: expected comma"
std::string in_our_words(std::string_view description) {
  constexpr std::string_view kPreamble = "Error while parsing ";
  constexpr std::string_view kTwice = "cannot redefine existing ";
  if (const auto twice = description.find(kTwice); twice != description.npos) {
    return std::string(description.substr(twice + kTwice.size())) + " is given twice";
  }
  if (description.find("parsing string: encountered end-of") != description.npos ||
      description.find("parsing string: unescaped control") != description.npos) {
    return "the closing quote is missing";
  }
  if (description.starts_with(kPreamble)) {
    return "syntax error in " + std::string(description.substr(kPreamble.size()));
  }
  return "syntax error: " + std::string(description);
}

void report(const toml::parse_error& error, Problems& problems) {
  const auto at = error.source().begin;
  const std::string_view description = error.description();
  std::string hint;
  if (description.find("table 'port'") != description.npos) hint = "each port begins with [[port]]";
  problems.add({at.line, at.column}, in_our_words(description), hint);
}

}  // namespace

std::optional<toml::table> parse_repairing(std::string_view original, Problems& problems) {
  std::string text(original);
  for (int repairs = 0;; ++repairs) {
    auto result = toml::parse(std::string_view(text));
    if (result) return std::move(result).table();
    const auto line = result.error().source().begin.line;
    if (repairs == kMaxRepairs || !repair_line(text, line, problems)) {
      report(result.error(), problems);
      return std::nullopt;
    }
  }
}

}  // namespace mediaplane::config
