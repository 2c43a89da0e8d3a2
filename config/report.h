// SPDX-License-Identifier: BSD-2-Clause
// What a program prints when its configuration is wrong.
#pragma once

#include <string>
#include <string_view>

#include "config/config.h"

namespace mediaplane {

inline constexpr int kExitConfiguration = 2;

// The first 20 messages, then how many more there are, then one closing line:
// "mediaplane-dataplane: 3 errors, not started (exit 2)".
std::string report_of(const ConfigError& error, std::string_view program);

}  // namespace mediaplane
