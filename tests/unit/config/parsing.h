// SPDX-License-Identifier: BSD-2-Clause
// Configurations for tests: a small one that is right, and what is said about one that is not.
#pragma once

#include <string>

#include "config/config.h"

namespace mediaplane {

inline const std::string kPort =
    "[[port]]\nname = \"wan\"\ndevice = \"net_null0\"\naddresses = [\"192.0.2.1/24\"]\n";

// All messages about a text, one under the other; empty if it is right.
inline std::string complaints(const std::string& text) {
  const auto config = parse_config(text, "f");
  std::string all;
  if (!config) {
    for (const auto& message : config.error().messages) all += message + "\n";
  }
  return all;
}

// How many errors a text has.
inline std::size_t count_errors(const std::string& text) {
  const auto config = parse_config(text, "f");
  return config ? 0 : config.error().messages.size();
}

// A row: lines that are put into an otherwise right file, and what must be said about them, once.
struct Complaint {
  std::string lines;
  std::string expected;  // Empty: nothing is wrong.
};

}  // namespace mediaplane
