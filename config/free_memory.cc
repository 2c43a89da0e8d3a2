// SPDX-License-Identifier: BSD-2-Clause
#include "config/free_memory.h"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <limits>
#include <sstream>

#include <sys/resource.h>

namespace mediaplane {
namespace {

namespace fs = std::filesystem;

constexpr auto kNoLimit = std::numeric_limits<std::uint64_t>::max();

std::string text_of(const fs::path& file) {
  std::ostringstream text;
  text << std::ifstream(file).rdbuf();
  return text.str();
}

std::optional<std::uint64_t> number_in(const fs::path& file) {
  std::uint64_t number = 0;
  return std::ifstream(file) >> number ? std::optional(number) : std::nullopt;
}

// Version 2: ours is the line "0::/path", and the limits of those around it count as well.
std::uint64_t left_by_cgroups() {
  const auto text = text_of("/proc/self/cgroup");
  const auto at = text.find("0::/");
  if (at == std::string::npos) return kNoLimit;
  const auto begin = at + 4;
  fs::path relative = text.substr(begin, text.find('\n', begin) - begin);
  auto left = kNoLimit;
  for (;; relative = relative.parent_path()) {
    const auto folder = fs::path("/sys/fs/cgroup") / relative;
    const auto most = number_in(folder / "memory.max");  // "max" is no number.
    const auto used = number_in(folder / "memory.current");
    if (most && used) left = std::min(left, *most - std::min(*most, *used));
    if (relative.empty()) return left;
  }
}

std::uint64_t left_by_address_space() {
  rlimit limit{};
  if (getrlimit(RLIMIT_AS, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return kNoLimit;
  const auto used = memory_line(text_of("/proc/self/status"), "VmSize").value_or(0);
  return limit.rlim_cur - std::min<std::uint64_t>(limit.rlim_cur, used);
}

}  // namespace

std::optional<std::uint64_t> memory_line(std::string_view text, std::string_view key) {
  const auto line = text.find(std::string(key) + ":");
  if (line == std::string_view::npos) return std::nullopt;
  const auto at = text.find_first_not_of(" \t", line + key.size() + 1);
  if (at == std::string_view::npos) return std::nullopt;
  std::uint64_t kibibytes = 0;
  const auto [end, error] = std::from_chars(text.data() + at, text.data() + text.size(), kibibytes);
  if (error != std::errc{}) return std::nullopt;
  return kibibytes * 1024;
}

std::uint64_t free_memory() {
  const auto machine = memory_line(text_of("/proc/meminfo"), "MemAvailable").value_or(kNoLimit);
  return std::min({machine, left_by_cgroups(), left_by_address_space()});
}

std::string memory_shortage(std::uint64_t needed, std::uint64_t available, std::string_view what) {
  if (needed <= available) return {};
  return "memory: " + std::string(what) + " need " + std::to_string((needed >> 20) + 1) + " MB, " +
         std::to_string(available >> 20) +
         " MB are free. Lower them in [dataplane], or give the machine or the service more";
}

}  // namespace mediaplane
