// SPDX-License-Identifier: BSD-2-Clause
#include "config/problems.h"

#include <algorithm>

namespace mediaplane::config {
namespace {

constexpr std::size_t kGutter = 5;  // Columns for the line number.

std::string numbered(const std::string& number) {
  const auto padding = number.size() < kGutter ? kGutter - number.size() : 0;
  return std::string(padding, ' ') + number + " | ";
}

bool continues_character(char byte) { return (static_cast<unsigned char>(byte) & 0xc0) == 0x80; }

// As much white space as stands before `column`, so that a caret below the line points at it.
std::string indentation(std::string_view line, std::size_t column) {
  std::string blank;
  for (const char byte : line) {
    if (continues_character(byte)) continue;
    if (blank.size() + 1 >= column) break;
    blank += byte == '\t' ? '\t' : ' ';
  }
  return blank;
}

}  // namespace

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    auto line = text.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    lines.push_back(line);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

std::size_t characters_in(std::string_view text) {
  return text.size() - static_cast<std::size_t>(std::ranges::count_if(text, continues_character));
}

Problems::Problems(std::string_view text, std::string_view name)
    : name_(name), lines_(lines_of(text)) {}

void Problems::add(Position at, std::string what, std::string hint) {
  problems_.push_back({in_original(at), std::move(what), std::move(hint)});
}

Position Problems::in_original(Position at) const {
  for (auto repair = repairs_.rbegin(); repair != repairs_.rend(); ++repair) {
    if (at.line != repair->at.line || at.column <= repair->at.column) continue;
    if (at.column >= repair->at.column + repair->added) {
      at.column = at.column - repair->added + repair->removed;
    } else {
      at.column = repair->at.column;
    }
  }
  return at;
}

std::string Problems::message(const Problem& problem) const {
  const auto& [at, what, hint] = problem;
  if (at.line == 0) {
    return std::string(name_) + ": error: " + what + (hint.empty() ? "" : " (" + hint + ")");
  }
  auto text = std::string(name_) + ":" + std::to_string(at.line) + ":" + std::to_string(at.column) +
              ": error: " + what;
  const auto line = at.line <= lines_.size() ? lines_[at.line - 1] : std::string_view();
  text += "\n" + numbered(std::to_string(at.line)) + std::string(line);
  text += "\n" + numbered("") + indentation(line, at.column) + "^";
  return hint.empty() ? text : text + " " + hint;
}

ConfigError Problems::as_error() const {
  auto sorted = problems_;
  std::ranges::stable_sort(sorted, {}, &Problem::at);
  ConfigError error;
  for (const auto& problem : sorted) error.messages.push_back(message(problem));
  return error;
}

}  // namespace mediaplane::config
