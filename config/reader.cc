// SPDX-License-Identifier: BSD-2-Clause
#include "config/reader.h"

#include <algorithm>

#include "config/suggest.h"

namespace mediaplane::config {
namespace {

Position position_of(const toml::source_region& source) {
  return {source.begin.line, source.begin.column};
}
Position position_of(const toml::node& node) { return position_of(node.source()); }

std::string_view type_name(const toml::node& node) {
  if (node.is_string()) return "text";
  if (node.is_integer()) return "a whole number";
  if (node.is_floating_point()) return "a number with a point";
  if (node.is_boolean()) return "true or false";
  if (node.is_array()) return "a list";
  if (node.is_table()) return "a table";
  return "a date or time";
}

std::string in_range(Range range) {
  return std::to_string(range.min) + " to " + std::to_string(range.max);
}

}  // namespace

TableReader::TableReader(const toml::table& table, std::string title, std::string prefix,
                         Problems& problems)
    : table_(&table), title_(std::move(title)), prefix_(std::move(prefix)), problems_(&problems) {}

const toml::node* TableReader::find(std::string_view key) {
  known_.push_back(key);
  return table_->get(key);
}

void TableReader::complain(Position at, std::string_view key, std::string_view what,
                           std::string hint) {
  problems_->add(at, prefix_ + std::string(key) + ": " + std::string(what), std::move(hint));
}

void TableReader::complain_missing(std::string_view key, std::string_view example) {
  problems_->add(position_of(*table_), title_ + " needs a key '" + std::string(key) + "'",
                 "add " + std::string(key) + " = " + std::string(example));
}

void TableReader::complain_type(const toml::node& node, std::string_view key,
                                std::string_view expected, std::string hint) {
  const auto what =
      "expects " + std::string(expected) + ", and this is " + std::string(type_name(node));
  complain(position_of(node), key, what, std::move(hint));
}

std::optional<Text> TableReader::as_text(const toml::node& node, std::string_view key,
                                         std::string_view example) {
  if (const auto* text = node.as_string()) return Text{text->get(), position_of(node)};
  complain_type(node, key, "text", "for example " + std::string(example));
  return std::nullopt;
}

std::optional<Number> TableReader::as_number(const toml::node& node, std::string_view key,
                                             Range range) {
  const auto* number = node.as_integer();
  if (number == nullptr) {
    complain_type(node, key, "a whole number", node.is_string() ? "write it without quotes" : "");
    return std::nullopt;
  }
  if (number->get() < range.min || number->get() > range.max) {
    const auto what = std::to_string(number->get()) + " is out of range";
    complain(position_of(node), key, what, "must be " + in_range(range));
    return std::nullopt;
  }
  return Number{number->get(), position_of(node)};
}

std::optional<Text> TableReader::text(std::string_view key, std::string_view example, Need need) {
  const auto* node = find(key);
  if (node != nullptr) return as_text(*node, key, example);
  if (need == Need::kRequired) complain_missing(key, example);
  return std::nullopt;
}

std::optional<Number> TableReader::number(std::string_view key, Range range) {
  const auto* node = find(key);
  return node == nullptr ? std::nullopt : as_number(*node, key, range);
}

std::optional<Placed<std::vector<Text>>> TableReader::texts(std::string_view key,
                                                            std::string_view example, Need need) {
  const auto* node = find(key);
  if (node == nullptr) {
    if (need == Need::kRequired) complain_missing(key, "[" + std::string(example) + "]");
    return std::nullopt;
  }
  const auto* array = node->as_array();
  if (array == nullptr) {
    complain_type(*node, key, "a list", "put it in brackets: [" + std::string(example) + "]");
    return std::nullopt;
  }
  Placed<std::vector<Text>> found{{}, position_of(*node)};
  for (const auto& element : *array) {
    if (const auto text = as_text(element, key, example)) found.value.push_back(*text);
  }
  return found;
}

std::optional<Placed<std::vector<Number>>> TableReader::numbers(std::string_view key, Range range) {
  const auto* node = find(key);
  if (node == nullptr) return std::nullopt;
  const auto* array = node->as_array();
  if (array == nullptr) {
    complain_type(*node, key, "a list of whole numbers", "put it in brackets");
    return std::nullopt;
  }
  Placed<std::vector<Number>> found{{}, position_of(*node)};
  for (const auto& element : *array) {
    if (const auto number = as_number(element, key, range)) found.value.push_back(*number);
  }
  return found;
}

std::optional<Placed<std::size_t>> TableReader::choice(std::string_view key,
                                                       std::span<const std::string_view> words) {
  const auto found = text(key, '"' + std::string(words.front()) + '"');
  if (!found) return std::nullopt;
  const auto word = std::ranges::find(words, found->value);
  if (word == words.end()) {
    const auto what =
        "'" + found->value + "' is none of the choices" + did_you_mean(found->value, words);
    complain(found->at, key, what, "must be " + alternatives(words));
    return std::nullopt;
  }
  return Placed<std::size_t>{static_cast<std::size_t>(word - words.begin()), found->at};
}

std::optional<TableReader> TableReader::table(std::string_view key) {
  const auto* node = find(key);
  if (node == nullptr) return std::nullopt;
  const auto* table = node->as_table();
  const auto path = prefix_ + std::string(key);
  if (table == nullptr) {
    complain_type(*node, key, "a table", "write [" + path + "]");
    return std::nullopt;
  }
  return TableReader(*table, "[" + path + "]", path + ".", *problems_);
}

std::vector<TableReader> TableReader::tables(std::string_view key) {
  std::vector<TableReader> readers;
  const auto* node = find(key);
  if (node == nullptr) return readers;
  const auto path = prefix_ + std::string(key);
  const auto* array = node->as_array();
  if (array == nullptr || (!array->empty() && !array->is_homogeneous<toml::table>())) {
    complain_type(*node, key, "a list of tables", "write [[" + path + "]]");
    return readers;
  }
  for (const auto& element : *array) {
    readers.emplace_back(*element.as_table(), "[[" + path + "]]", path + ".", *problems_);
  }
  return readers;
}

void TableReader::read(std::string_view key, bool& to) {
  const auto* node = find(key);
  if (node == nullptr) return;
  if (const auto* flag = node->as_boolean()) {
    to = flag->get();
  } else {
    complain_type(*node, key, "true or false", "without quotes");
  }
}

void TableReader::rename(std::string title, std::string prefix) {
  title_ = std::move(title);
  prefix_ = std::move(prefix);
}

void TableReader::reject_unknown() {
  for (const auto& [key, node] : *table_) {
    if (std::ranges::find(known_, key.str()) != known_.end()) continue;
    const std::string_view kind = node.is_table() || node.is_array_of_tables() ? "table" : "key";
    const auto what = "unknown " + std::string(kind) + " '" + std::string(key.str()) + "' in " +
                      title_ + did_you_mean(key.str(), known_);
    problems_->add(position_of(key.source()), what, "must be " + alternatives(known_));
  }
}

}  // namespace mediaplane::config
