// SPDX-License-Identifier: BSD-2-Clause
#include "tests/perf/bench/subject.h"

#include <fmt/format.h>

namespace mediaplane::bench {

std::string to_string(const Drops& drops) {
  std::string text;
  for (const auto& [name, count] : drops) {
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", name, count);
  }
  return text;
}

}  // namespace mediaplane::bench
