// SPDX-License-Identifier: BSD-2-Clause
#include "controlplane/protocol/escape.h"

namespace mediaplane {
namespace {

constexpr std::size_t kMaxBytes = 128;
constexpr std::string_view kHexDigits = "0123456789abcdef";

}  // namespace

std::string escaped(std::string_view text) {
  std::string result;
  for (const char c : text.substr(0, kMaxBytes)) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte < 0x7f && c != '\\') {
      result += c;
    } else {
      result += {'\\', 'x', kHexDigits[byte >> 4], kHexDigits[byte & 0xf]};
    }
  }
  return text.size() > kMaxBytes ? result + "..." : result;
}

}  // namespace mediaplane
