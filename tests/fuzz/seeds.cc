// SPDX-License-Identifier: BSD-2-Clause
// Writes the malformed packets of the unit tests as inputs for the packet target.
//
//     build-fuzz/tests/fuzz/seeds DIRECTORY
#include <cstdio>
#include <fstream>

#include "tests/support/malformed.h"

int main(int argc, char** argv) {
  using namespace mediaplane::test;
  if (argc != 2) {
    std::fputs("usage: seeds DIRECTORY\n", stderr);
    return 2;
  }
  for (const auto& row : all_malformed_rows()) {
    std::string name(row.name);
    for (auto& letter : name) letter = std::isalnum(letter) != 0 ? letter : '-';
    std::ofstream file(std::string(argv[1]) + "/" + name, std::ios::binary);
    const auto frame = row.frame();
    file.put(static_cast<char>(row.ethdev()));
    file.write(reinterpret_cast<const char*>(frame.data()),
               static_cast<std::streamsize>(frame.size()));
    if (!file) return 1;
  }
  return 0;
}
