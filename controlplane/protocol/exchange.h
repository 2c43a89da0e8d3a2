// SPDX-License-Identifier: BSD-2-Clause
// How a transport hands a command over and gets its answer back, at once or later.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <string_view>

namespace mediaplane {

using Time = std::chrono::steady_clock::time_point;

// Called exactly once, with the whole text of the reply.
using Answer = std::function<void(const std::string& reply)>;

using CommandHandler = std::function<void(std::string_view command, Time now, Answer answer)>;

inline constexpr std::size_t kMaxCommandBytes = 8191;

}  // namespace mediaplane
