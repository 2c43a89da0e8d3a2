// SPDX-License-Identifier: BSD-2-Clause
// From text to TOML, with errors in our own words. The mistake that people make is a missing quote
// (addresses, device names, durations), and TOML++ tells of it in terms of floating-point numbers.
// So a value that needs quotes is named as such, quoted in a copy of the text, and the reading goes
// on: the other errors of the file show in the same run.
#pragma once

#include <optional>
#include <string_view>

#include <toml++/toml.h>

#include "config/problems.h"

namespace mediaplane::config {

// The table of the whole file; nothing if a syntax error makes the rest meaningless. There may be
// problems either way.
std::optional<toml::table> parse_repairing(std::string_view text, Problems& problems);

}  // namespace mediaplane::config
