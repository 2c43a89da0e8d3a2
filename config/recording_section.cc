// SPDX-License-Identifier: BSD-2-Clause
// [recording]
#include <array>

#include "config/sections.h"

namespace mediaplane::config {
namespace {

using namespace std::string_view_literals;

// In the order of RecordingFormat.
constexpr std::array kFormats = {"ad-hoc"sv, "pcap"sv};

void read_directory(TableReader& table, std::string_view key, std::string& to) {
  const auto path = table.text(key, "\"/var/spool/mediaplane\"");
  if (!path) return;
  if (!path->value.empty() && path->value.front() != '/') {
    table.complain(path->at, key, "'" + path->value + "' is no absolute path",
                   "it begins with '/'; \"\" is none");
    return;
  }
  to = path->value;
}

}  // namespace

RecordingConfig read_recording(TableReader& root) {
  RecordingConfig config;
  auto table = root.table("recording");
  if (!table) return config;
  read_directory(*table, "directory", config.directory);
  read_directory(*table, "spool_directory", config.spool_directory);
  table->read("rtcp", config.rtcp);
  table->read("all", config.all);
  if (const auto format = table->choice("format", kFormats)) {
    config.format = static_cast<RecordingFormat>(format->value);
  }
  if (config.directory.empty() && (config.all || !config.spool_directory.empty())) {
    table->complain({}, "directory", "is needed to record", "the other keys do nothing without it");
  }
  table->reject_unknown();
  return config;
}

}  // namespace mediaplane::config
