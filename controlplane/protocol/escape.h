// SPDX-License-Identifier: BSD-2-Clause
// Bytes that a client chose, made fit for a log line.
#pragma once

#include <string>
#include <string_view>

namespace mediaplane {

// Printable ASCII stays, everything else and the backslash become \xHH; what is longer than 128
// bytes ends in "...".
std::string escaped(std::string_view text);

}  // namespace mediaplane
