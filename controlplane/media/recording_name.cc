// SPDX-License-Identifier: BSD-2-Clause
#include "controlplane/media/recording_name.h"

#include <cstdint>

namespace mediaplane {
namespace {

constexpr std::string_view kHexDigits = "0123456789ABCDEF";
constexpr std::size_t kHashDigits = 32;

void append_hex(std::string& to, std::uint64_t number, unsigned digits) {
  while (digits-- > 0) to += kHexDigits[number >> (4 * digits) & 0xf];
}

// `special` are bytes that separate the parts of a name.
void append_escaped(std::string& to, std::string_view text, std::string_view special) {
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool is_hidden = c == '.' && to.empty();
    if (byte < 0x20 || byte == 0x7f || c == '/' || c == '%' || is_hidden ||
        special.find(c) != std::string_view::npos) {
      to += '%';
      append_hex(to, byte, 2);
    } else {
      to += c;
    }
  }
}

// FNV-1a, from a beginning of one's choice.
std::uint64_t hash(std::string_view text, std::uint64_t value) {
  for (const char c : text) value = (value ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return value;
}

}  // namespace

std::string recording_name(std::string_view call_id, std::string_view from_tag) {
  std::string name;
  append_escaped(name, call_id, "=");
  name += '=';
  append_escaped(name, from_tag, "");
  if (name.size() <= kMaxRecordingName) return name;

  const auto first = hash(name, 0xcbf29ce484222325);
  const auto second = hash(name, first);
  name.resize(kMaxRecordingName - kHashDigits - 2);
  name += "%_";
  append_hex(name, first, kHashDigits / 2);
  append_hex(name, second, kHashDigits / 2);
  return name;
}

}  // namespace mediaplane
