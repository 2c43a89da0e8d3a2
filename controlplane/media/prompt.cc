// SPDX-License-Identifier: BSD-2-Clause
#include "controlplane/media/prompt.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dataplane/abi/shared_memory.h"

namespace mediaplane {
namespace {

constexpr std::array kFormats = {
    PromptFormat{0, 80, 10},   // PCMU
    PromptFormat{3, 33, 20},   // GSM
    PromptFormat{4, 24, 30},   // G.723 at 6.3 kbit/s
    PromptFormat{8, 80, 10},   // PCMA
    PromptFormat{9, 80, 10},   // G.722
    PromptFormat{18, 10, 10},  // G.729
};
constexpr std::uint8_t kMaxPayloadType = 127;

PromptFormat format_of(std::uint8_t payload_type) {
  const auto* found = std::find_if(kFormats.begin(), kFormats.end(), [&](const auto& format) {
    return format.payload_type == payload_type;
  });
  return found == kFormats.end() ? PromptFormat{payload_type, 0, 0} : *found;
}

std::optional<std::uint8_t> parse_payload_type(std::string_view word) {
  std::uint8_t type = 0;
  const auto* end = word.data() + word.size();
  const auto [rest, error] = std::from_chars(word.data(), end, type);
  if (error != std::errc{} || rest != end || type > kMaxPayloadType) return std::nullopt;
  return type;
}

bool is_same_time(const timespec& a, const timespec& b) {
  return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

// Nothing if the file cannot be read; less than `size` if it has been cut short meanwhile.
std::optional<std::vector<std::byte>> read_all(int file, std::size_t size) {
  std::vector<std::byte> bytes(size);
  std::size_t length = 0;
  while (length < size) {
    const auto got = read(file, bytes.data() + length, size - length);
    if (got < 0) return std::nullopt;
    if (got == 0) break;
    length += static_cast<std::size_t>(got);
  }
  bytes.resize(length);
  return bytes;
}

}  // namespace

std::shared_ptr<const Prompt> PromptFiles::open(const std::string& stem, std::string_view codecs) {
  for (;;) {
    const auto comma = std::min(codecs.find(','), codecs.size());
    const auto type = parse_payload_type(codecs.substr(0, comma));
    if (!type) return nullptr;
    if (auto prompt = open_file(stem + "." + std::to_string(*type), *type)) return prompt;
    if (comma == codecs.size()) return nullptr;
    codecs.remove_prefix(comma + 1);
  }
}

std::shared_ptr<const Prompt> PromptFiles::open_file(const std::string& path,
                                                     std::uint8_t payload_type) {
  // Whatever the name leads to, opening it does not wait, as it would for a FIFO.
  const abi::FileDescriptor file(
      ::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
  struct stat status {};
  if (!file || fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode)) return nullptr;
  if (status.st_size > static_cast<off_t>(kMaxPromptBytes)) return nullptr;

  if (const auto known = known_.find(path); known != known_.end()) {
    const auto& [device, inode, size, changed, weak] = known->second;
    auto prompt = weak.lock();
    if (prompt && device == status.st_dev && inode == status.st_ino && size == status.st_size &&
        is_same_time(changed, status.st_mtim)) {
      return prompt;
    }
  }
  const auto format = format_of(payload_type);
  const auto wanted = format.packet_bytes == 0 ? 0 : static_cast<std::size_t>(status.st_size);
  auto bytes = read_all(file.get(), wanted);
  if (!bytes) return nullptr;
  auto prompt = std::make_shared<const Prompt>(format, std::move(*bytes));
  forget_unused();
  known_[path] = {status.st_dev, status.st_ino, status.st_size, status.st_mtim, prompt};
  return prompt;
}

void PromptFiles::forget_unused() {
  std::erase_if(known_, [](const auto& known) { return known.second.prompt.expired(); });
}

}  // namespace mediaplane
