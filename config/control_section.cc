// SPDX-License-Identifier: BSD-2-Clause
// [control]
#include <algorithm>
#include <charconv>

#include "config/sections.h"

namespace mediaplane::config {
namespace {

constexpr std::uint32_t kMaxMode = 0777;

// The path of a listen entry; empty after a complaint.
std::string unix_path(TableReader& table, const Text& entry) {
  std::string path = entry.value;
  if (path.starts_with(kUnixScheme)) path.erase(0, kUnixScheme.size());
  if (!path.starts_with('/')) {
    const bool has_scheme = path.find(':') != path.npos;
    table.complain(entry.at, "listen",
                   has_scheme ? "'" + entry.value + "': only Unix sockets are built yet"
                              : "'" + entry.value + "' is no absolute path",
                   "write \"unix:/run/mediaplane/control.sock\"");
    return {};
  }
  if (path.size() > kMaxSocketPath) {
    table.complain(entry.at, "listen", "the path is too long", "at most 107 bytes");
    return {};
  }
  return path;
}

void read_listen(TableReader& table, const std::string& dataplane_socket,
                 std::vector<std::string>& to) {
  const auto entries = table.texts("listen", "\"unix:/run/mediaplane/control.sock\"");
  if (!entries) return;
  to.clear();
  if (entries->value.empty()) {
    table.complain(entries->at, "listen", "no socket", "at least one is needed");
  }
  for (const auto& entry : entries->value) {
    const auto path = unix_path(table, entry);
    if (path.empty()) continue;
    auto normal = std::string(kUnixScheme) + path;
    if (std::ranges::find(to, normal) != to.end()) {
      table.complain(entry.at, "listen", "'" + entry.value + "' is given twice");
    } else if (path == dataplane_socket) {
      table.complain(entry.at, "listen", "this is the socket of the data plane",
                     "see dataplane.socket");
    }
    to.push_back(std::move(normal));
  }
}

void read_mode(TableReader& table, std::uint32_t& to) {
  const auto text = table.text("mode", "\"0660\"");
  if (!text) return;
  const auto& digits = text->value;
  std::uint32_t mode = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), mode, 8);
  if (error != std::errc{} || end != digits.data() + digits.size() || mode > kMaxMode) {
    table.complain(text->at, "mode", "'" + digits + "' is no file mode",
                   "octal, \"0000\" to \"0777\"");
    return;
  }
  to = mode;
}

}  // namespace

ControlConfig read_control(TableReader& root, const DataplaneConfig& dataplane) {
  ControlConfig config;
  auto table = root.table("control");
  if (!table) return config;
  read_listen(*table, dataplane.socket, config.listen);
  read_mode(*table, config.mode);
  table->reject_unknown();
  return config;
}

}  // namespace mediaplane::config
