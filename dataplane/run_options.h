// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <csignal>
#include <cstdint>
#include <functional>
#include <string>

namespace mediaplane {

struct RunOptions {
  std::uint32_t stats_period_s = 0;  // 0 = only at the end.
  sigset_t stop_signals{};           // Blocked in all threads; any of them ends the program.
  // Where statistics go. It is called by the housekeeper and must not wait.
  std::function<void(std::string)> print;
};

}  // namespace mediaplane
