// SPDX-License-Identifier: BSD-2-Clause
// Prompts: files of raw frames as a codec makes them, without any header, named STEM.TYPE by their
// RTP payload type. A file is read once and shared by all who hear it at the same time.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <ctime>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <sys/types.h>

namespace mediaplane {

// How a payload type of RFC 3551 is cut into packets. All of these count time in 1/8000 s; G.722
// does so by RFC 3551 section 4.5.2, although it has twice as many samples.
struct PromptFormat {
  std::uint8_t payload_type = 0;
  std::uint16_t packet_bytes = 0;
  std::uint16_t packet_milliseconds = 0;

  std::uint32_t timestamp_step() const { return packet_milliseconds * 8U; }
};

class Prompt {
 public:
  Prompt(const PromptFormat& format, std::vector<std::byte> bytes)
      : format_(format), bytes_(std::move(bytes)) {}

  const PromptFormat& format() const { return format_; }
  // Whole packets; what is left over at the end is never played.
  std::size_t packets() const {
    return format_.packet_bytes == 0 ? 0 : bytes_.size() / format_.packet_bytes;
  }
  std::span<const std::byte> packet(std::size_t number) const {
    return std::span(bytes_).subspan(number * format_.packet_bytes, format_.packet_bytes);
  }

 private:
  PromptFormat format_;
  std::vector<std::byte> bytes_;
};

// The longest file that is played: more than two hours of G.711.
inline constexpr std::size_t kMaxPromptBytes = std::size_t{64} << 20;

class PromptFiles {
 public:
  // The first of STEM.TYPE that can be opened, where `codecs` are types between commas. Null if
  // there is none before the end of the list or something in it that is no type. A type that
  // nobody knows how to cut is a prompt without packets.
  std::shared_ptr<const Prompt> open(const std::string& stem, std::string_view codecs);

 private:
  struct Known {
    dev_t device = 0;
    ino_t inode = 0;
    off_t size = 0;
    timespec changed{};
    std::weak_ptr<const Prompt> prompt;
  };

  std::shared_ptr<const Prompt> open_file(const std::string& path, std::uint8_t payload_type);
  void forget_unused();

  std::map<std::string, Known> known_;  // By path.
};

}  // namespace mediaplane
