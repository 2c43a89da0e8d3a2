// SPDX-License-Identifier: BSD-2-Clause
// The voice of configuration errors. Problems are collected while a text is read and come out in
// the order of the lines, each as a person wants to meet it:
//
//   mediaplane.toml:14:14: error: an address needs quotes
//      14 | addresses = [203.0.113.10/24]
//         |              ^ write "203.0.113.10/24"
//
// A text may be repaired while it is parsed (see syntax.h), so that one missing quote does not hide
// the errors behind it. Positions are then those of the repaired text; they are taken back to the
// text that the person sees.
#pragma once

#include <compare>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "config/config.h"

namespace mediaplane::config {

// Counted from 1, columns in characters (not bytes); line 0 = the file as a whole.
struct Position {
  std::size_t line = 0;
  std::size_t column = 0;

  friend auto operator<=>(const Position&, const Position&) = default;
};

// A value and where it stands.
template <typename T>
struct Placed {
  T value{};
  Position at;
};

// `removed` characters at a position were replaced by `added` ones.
struct Repair {
  Position at;
  std::size_t removed = 0;
  std::size_t added = 0;
};

class Problems {
 public:
  // `name` stands for the file; both must outlive this.
  Problems(std::string_view text, std::string_view name);

  // `hint` says what to do; it stands beside the caret.
  void add(Position at, std::string what, std::string hint = {});

  // From now on positions are those of the text after this repair.
  void repaired(const Repair& repair) { repairs_.push_back(repair); }

  bool is_empty() const { return problems_.empty(); }
  ConfigError as_error() const;

 private:
  struct Problem {
    Position at;
    std::string what;
    std::string hint;
  };

  Position in_original(Position at) const;
  std::string message(const Problem& problem) const;

  std::string_view name_;
  std::vector<std::string_view> lines_;
  std::vector<Repair> repairs_;
  std::vector<Problem> problems_;
};

// The lines of a text without their ends.
std::vector<std::string_view> lines_of(std::string_view text);

// How many characters of UTF-8 these bytes are.
std::size_t characters_in(std::string_view text);

}  // namespace mediaplane::config
