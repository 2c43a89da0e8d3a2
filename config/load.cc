// SPDX-License-Identifier: BSD-2-Clause
#include <cerrno>
#include <cstdio>
#include <memory>
#include <system_error>

#include "config/config.h"
#include "config/sections.h"
#include "config/syntax.h"

namespace mediaplane {
namespace {

constexpr std::size_t kMaxFileSize = std::size_t{1} << 20;

// The file's bytes, or errno.
Result<std::string, int> read_file(const std::string& path) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "re"),
                                                             std::fclose);
  if (!file) return failure(int{errno});
  std::string text(kMaxFileSize + 1, '\0');
  text.resize(std::fread(text.data(), 1, text.size(), file.get()));
  if (std::ferror(file.get()) != 0) return failure(int{errno});
  if (text.size() > kMaxFileSize) return failure(int{EFBIG});
  return text;
}

}  // namespace

std::vector<IpAddress> Config::local_addresses() const {
  std::vector<IpAddress> addresses;
  for (const auto& port : ports) {
    for (const auto& prefix : port.addresses) addresses.push_back(prefix.ip);
  }
  return addresses;
}

std::vector<IpAddress> Config::advertised_addresses() const {
  std::vector<IpAddress> addresses;
  for (const auto& port : ports) {
    addresses.insert(addresses.end(), port.advertised.begin(), port.advertised.end());
  }
  return addresses;
}

Result<Config, ConfigError> parse_config(std::string_view text, std::string_view name) {
  config::Problems problems(text, name);
  const auto file = config::parse_repairing(text, problems);
  if (!file) return failure(problems.as_error());
  config::TableReader root(*file, "the file", "", problems);
  Config config;
  config.dataplane = config::read_dataplane(root);
  config.ports = config::read_ports(root, config.dataplane);
  config.control = config::read_control(root, config.dataplane);
  config.media = config::read_media(root, config.local_addresses());
  config.recording = config::read_recording(root);
  root.reject_unknown();
  if (!problems.is_empty()) return failure(problems.as_error());
  return config;
}

Result<Config, ConfigError> load_config(const std::string& path) {
  const auto text = read_file(path);
  if (text) return parse_config(*text, path);
  return failure(ConfigError{
      {path + ": error: cannot be read: " + std::generic_category().message(text.error())}});
}

}  // namespace mediaplane
