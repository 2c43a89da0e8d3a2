// SPDX-License-Identifier: BSD-2-Clause
// How much memory this process can still get, so that a program that needs more says so at its
// start instead of being killed under load.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace mediaplane {

// The bytes behind a key such as "MemAvailable" in the format of /proc/meminfo.
std::optional<std::uint64_t> memory_line(std::string_view text, std::string_view key);

// The least of what the machine, the limits of our cgroups and RLIMIT_AS leave.
std::uint64_t free_memory();

// What is wrong if `needed` bytes are more than `available`, empty if they are not. `what` names
// who needs them.
std::string memory_shortage(std::uint64_t needed, std::uint64_t available, std::string_view what);

}  // namespace mediaplane
