// SPDX-License-Identifier: BSD-2-Clause
// Reads the keys of one TOML table by type and range. What does not fit becomes a Problem at its
// place and reads as if it were not there, so that the caller goes on and all errors of a file are
// found in one run. Every key that was asked for is known; reject_unknown() names all others.
#pragma once

#include <concepts>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <toml++/toml.h>

#include "config/problems.h"

namespace mediaplane::config {

struct Range {
  std::int64_t min;
  std::int64_t max;
};

enum class Need : std::uint8_t { kOptional, kRequired };

using Text = Placed<std::string>;
using Number = Placed<std::int64_t>;

class TableReader {
 public:
  // `title` is the table's name in messages about its keys' names ("[media]"), `prefix` what
  // stands before a key in messages about values ("media.").
  TableReader(const toml::table& table, std::string title, std::string prefix, Problems& problems);

  // `example` goes into the hint when the value is no text.
  std::optional<Text> text(std::string_view key, std::string_view example,
                           Need need = Need::kOptional);
  std::optional<Number> number(std::string_view key, Range range);
  // A list may be empty; of its elements those that fit are returned.
  std::optional<Placed<std::vector<Text>>> texts(std::string_view key, std::string_view example,
                                                 Need need = Need::kOptional);
  std::optional<Placed<std::vector<Number>>> numbers(std::string_view key, Range range);
  // The place of the text in `words`.
  std::optional<Placed<std::size_t>> choice(std::string_view key,
                                            std::span<const std::string_view> words);
  std::optional<TableReader> table(std::string_view key);  // [key]
  std::vector<TableReader> tables(std::string_view key);   // [[key]]

  // These change `to` only when the key is there and fits.
  void read(std::string_view key, bool& to);
  template <std::integral T>
  void read(std::string_view key, Range range, T& to) {
    if (const auto found = number(key, range)) to = static_cast<T>(found->value);
  }

  bool has(std::string_view key) const { return table_->contains(key); }
  void rename(std::string title, std::string prefix);
  void reject_unknown();
  void complain(Position at, std::string_view key, std::string_view what, std::string hint = {});

 private:
  const toml::node* find(std::string_view key);
  void complain_missing(std::string_view key, std::string_view example);
  void complain_type(const toml::node& node, std::string_view key, std::string_view expected,
                     std::string hint);
  std::optional<Text> as_text(const toml::node& node, std::string_view key,
                              std::string_view example);
  std::optional<Number> as_number(const toml::node& node, std::string_view key, Range range);

  const toml::table* table_;
  std::string title_;
  std::string prefix_;
  Problems* problems_;
  std::vector<std::string_view> known_;
};

}  // namespace mediaplane::config
