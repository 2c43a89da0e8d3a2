// SPDX-License-Identifier: BSD-2-Clause
// The sample files are documents, and these tests keep them true: each loads, the reference names
// every key that the loader knows, and the defaults that it states are those of config.h.
#include <filesystem>
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>

#include "tests/unit/config/parsing.h"

namespace mediaplane {
namespace {

std::string read_file(const std::filesystem::path& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

std::string reference() { return read_file(std::filesystem::path(SAMPLES) / "mediaplane.toml"); }

// The loader tells the keys of a table when it meets one that it does not know.
std::vector<std::string> known_keys(const std::string& lines) {
  const auto all = complaints(lines + "zzzzzzzz = 0\n");
  std::vector<std::string> keys;
  const auto list = all.substr(all.find("^ must be ", all.find("unknown key 'zzzzzzzz'")));
  const auto line = list.substr(0, list.find('\n'));
  for (auto open = line.find('\''); open != line.npos;) {
    const auto close = line.find('\'', open + 1);
    keys.push_back(line.substr(open + 1, close - open - 1));
    open = line.find('\'', close + 1);
  }
  return keys;
}

TEST(Samples, Load) {
  std::size_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(SAMPLES)) {
    if (entry.path().extension() != ".toml") continue;
    ++files;
    const auto config = load_config(entry.path());
    EXPECT_TRUE(config) << (config ? "" : config.error().messages.front());
  }
  EXPECT_GE(files, 3U);
}

TEST(Samples, ReferenceHasEveryKey) {
  const auto text = reference();
  std::size_t keys = 0;
  for (const auto* table :
       {"[dataplane]\n", "[[port]]\n", "[control]\n", "[media]\n", "[recording]\n"}) {
    const auto from = text.find(std::string("\n") + table);
    ASSERT_NE(from, text.npos) << table;
    const auto part = text.substr(from + 1, text.find("\n[", from + 1) - from);
    for (const auto& key : known_keys(table)) {
      EXPECT_NE(part.find("\n" + key + " = "), part.npos) << key << " in " << table;
      ++keys;
    }
  }
  EXPECT_EQ(keys, 34U);
  EXPECT_EQ(known_keys("[dataplane.cpus]\n"), (std::vector<std::string>{"main", "workers"}));
}

TEST(Samples, ReferenceStatesTheDefaults) {
  const auto config = parse_config(reference(), "mediaplane.toml");
  ASSERT_TRUE(config);
  const Config defaults;
  EXPECT_EQ(config->dataplane, defaults.dataplane);
  EXPECT_EQ(config->control, defaults.control);
  EXPECT_EQ(config->media, defaults.media);
  EXPECT_EQ(config->recording, defaults.recording);
  ASSERT_EQ(config->ports.size(), 1U);
  EXPECT_EQ(config->ports[0].mtu, PortConfig().mtu);
}

}  // namespace
}  // namespace mediaplane
