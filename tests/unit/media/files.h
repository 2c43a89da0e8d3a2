// SPDX-License-Identifier: BSD-2-Clause
// Files of a test, written and read whole.
#pragma once

#include <fstream>
#include <sstream>
#include <string>

namespace mediaplane {

inline void write_file(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

inline std::string read_file(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

}  // namespace mediaplane
