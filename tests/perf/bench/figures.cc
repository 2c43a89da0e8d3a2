// SPDX-License-Identifier: BSD-2-Clause
#include "tests/perf/bench/figures.h"

#include <charconv>
#include <optional>

#include <fmt/format.h>

namespace mediaplane::bench {
namespace {

// Reads from the front of a text.
class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  bool take(char wanted) {
    skip_space();
    if (text_.empty() || text_.front() != wanted) return false;
    text_.remove_prefix(1);
    return true;
  }
  std::optional<std::string> string() {
    if (!take('"')) return std::nullopt;
    const auto end = text_.find_first_of("\"\\");
    if (end == text_.npos || text_[end] == '\\') return std::nullopt;
    std::string value(text_.substr(0, end));
    text_.remove_prefix(end + 1);
    return value;
  }
  std::optional<double> number() {
    skip_space();
    double value = 0;
    const auto [end, error] = std::from_chars(text_.data(), text_.data() + text_.size(), value);
    if (error != std::errc{}) return std::nullopt;
    text_.remove_prefix(static_cast<std::size_t>(end - text_.data()));
    return value;
  }
  std::optional<Figure> value() {
    if (auto text = string()) return *text;
    if (const auto value = number()) return *value;
    return std::nullopt;
  }
  bool is_at_end() {
    skip_space();
    return text_.empty();
  }

 private:
  void skip_space() {
    const auto begin = text_.find_first_not_of(" \t\r\n");
    text_.remove_prefix(begin == text_.npos ? text_.size() : begin);
  }

  std::string_view text_;
};

}  // namespace

const Figure* Figures::find(std::string_view name) const {
  for (const auto& [known, value] : all_) {
    if (known == name) return &value;
  }
  return nullptr;
}

double Figures::number(std::string_view name) const {
  const auto* figure = find(name);
  const auto* value = figure == nullptr ? nullptr : std::get_if<double>(figure);
  return value == nullptr ? 0 : *value;
}

std::string json_of(const Figures& figures) {
  std::string json;
  for (const auto& [name, value] : figures.all()) {
    json += fmt::format("{}\"{}\": ", json.empty() ? "{" : ", ", name);
    const auto* number = std::get_if<double>(&value);
    json += number != nullptr ? fmt::format("{:.10g}", *number)
                              : fmt::format("\"{}\"", std::get<std::string>(value));
  }
  return json + "}\n";
}

Result<Figures, std::string> parse_figures(std::string_view json) {
  Reader reader(json);
  Figures figures;
  if (!reader.take('{')) return failure(std::string("it does not begin with {"));
  do {
    const auto name = reader.string();
    if (!name || !reader.take(':')) return failure(std::string("a name is missing"));
    auto value = reader.value();
    if (!value) return failure("no number and no string: " + *name);
    figures.add(*name, std::move(*value));
  } while (reader.take(','));
  if (!reader.take('}') || !reader.is_at_end()) return failure(std::string("it does not end in }"));
  return figures;
}

}  // namespace mediaplane::bench
