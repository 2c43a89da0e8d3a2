// SPDX-License-Identifier: BSD-2-Clause
#include "config/report.h"

#include <algorithm>

namespace mediaplane {
namespace {

constexpr std::size_t kMaxMessages = 20;

}  // namespace

std::string report_of(const ConfigError& error, std::string_view program) {
  const auto total = error.messages.size();
  const auto shown = std::min(total, kMaxMessages);
  std::string text;
  for (std::size_t i = 0; i < shown; ++i) text += error.messages[i] + "\n";
  if (total > shown) text += "and " + std::to_string(total - shown) + " more\n";
  text += std::string(program) + ": " + std::to_string(total) + (total == 1 ? " error" : " errors");
  return text + ", not started (exit " + std::to_string(kExitConfiguration) + ")\n";
}

}  // namespace mediaplane
