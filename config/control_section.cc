// SPDX-License-Identifier: BSD-2-Clause
// [control]
#include <algorithm>
#include <charconv>

#include "config/listen_address.h"
#include "config/sections.h"

namespace mediaplane::config {
namespace {

constexpr std::uint32_t kMaxMode = 0777;

void read_listen(TableReader& table, const std::string& dataplane_socket,
                 std::vector<std::string>& to) {
  const auto entries = table.texts("listen", "\"unix:/run/mediaplane/control.sock\"");
  if (!entries) return;
  to.clear();
  if (entries->value.empty()) {
    table.complain(entries->at, "listen", "no socket", "at least one is needed");
  }
  for (const auto& entry : entries->value) {
    const auto address = parse_listen_address(entry.value);
    if (!address) {
      table.complain(entry.at, "listen", address.error().what, address.error().hint);
      continue;
    }
    auto normal = to_string(*address);
    if (std::ranges::find(to, normal) != to.end()) {
      table.complain(entry.at, "listen", "'" + entry.value + "' is given twice");
    } else if (address->path == dataplane_socket) {
      table.complain(entry.at, "listen", "this is the socket of the data plane",
                     "see dataplane.socket");
    }
    to.push_back(std::move(normal));
  }
}

void read_allow(TableReader& table, std::vector<Prefix>& to) {
  const auto entries = table.texts("allow", "\"127.0.0.0/8\"");
  if (!entries) return;
  to.clear();
  for (const auto& entry : entries->value) {
    if (const auto prefix = parse_prefix(entry.value)) {
      to.push_back(*prefix);
    } else {
      table.complain(entry.at, "allow", "'" + entry.value + "' is no network",
                     "write \"198.51.100.0/24\", or \"198.51.100.7/32\" for one host");
    }
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
  read_allow(*table, config.allow);
  read_mode(*table, config.mode);
  table->reject_unknown();
  return config;
}

}  // namespace mediaplane::config
