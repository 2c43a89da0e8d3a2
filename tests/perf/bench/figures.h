// SPDX-License-Identifier: BSD-2-Clause
// A result as names and values, and as JSON: one flat object.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "dataplane/net/result.h"

namespace mediaplane::bench {

using Figure = std::variant<double, std::string>;

class Figures {
 public:
  void add(std::string_view name, double value) { all_.emplace_back(name, value); }
  void add(std::string_view name, std::uint64_t value) { add(name, static_cast<double>(value)); }
  void add(std::string_view name, const char* value) { all_.emplace_back(name, value); }
  void add(std::string_view name, Figure value) { all_.emplace_back(name, std::move(value)); }

  const std::vector<std::pair<std::string, Figure>>& all() const { return all_; }
  // Null if there is none of this name.
  const Figure* find(std::string_view name) const;
  // 0 if there is none, or a text.
  double number(std::string_view name) const;

 private:
  std::vector<std::pair<std::string, Figure>> all_;  // In the order in which they were added.
};

std::string json_of(const Figures& figures);
// One object of numbers and of strings without escapes; the error says what is wrong.
Result<Figures, std::string> parse_figures(std::string_view json);

}  // namespace mediaplane::bench
