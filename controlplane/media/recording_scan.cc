// SPDX-License-Identifier: BSD-2-Clause
// How far the whole packets of a recorded file reach.
#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <optional>

#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "controlplane/media/recording_format.h"

namespace mediaplane {
namespace {

constexpr std::uint32_t kPcapMagic = 0xa1b2c3d4;
constexpr std::size_t kPcapPacketHeadBytes = 16;
constexpr std::size_t kPcapLengthAt = 8;
constexpr std::size_t kAdHocLengthAt = 28;
constexpr std::uint32_t kLongestPacket = 65535;

// Reads a file from its beginning to its end, some at a time.
class Reader {
 public:
  explicit Reader(int file) : file_(file) {}

  // Few bytes at an offset; nothing if they are not all there, or cannot be read.
  const std::byte* at(off_t offset, std::size_t count) {
    const auto end = offset + static_cast<off_t>(count);
    if (offset < begin_ || end > begin_ + filled_) {
      begin_ = offset;
      filled_ = std::max<off_t>(pread(file_, buffer_.data(), buffer_.size(), offset), 0);
    }
    return end > begin_ + filled_ ? nullptr : buffer_.data() + (offset - begin_);
  }

 private:
  int file_;
  off_t begin_ = 0;
  off_t filled_ = 0;
  std::array<std::byte, 65536> buffer_;
};

template <typename T>
T value_at(const std::byte* bytes) {
  T value;
  std::memcpy(&value, bytes, sizeof value);
  return value;
}

bool is_family(std::uint16_t family) { return family == AF_INET || family == AF_INET6; }

// The length of the packet that begins with this head; nothing if none does.
std::optional<std::uint32_t> packet_length(const std::byte* head, RecordingFormat format) {
  if (format == RecordingFormat::kPcap) {
    const auto length = value_at<std::uint32_t>(head + kPcapLengthAt);
    if (length > kLongestPacket) return std::nullopt;
    return length;
  }
  if (!is_family(value_at<std::uint16_t>(head))) return std::nullopt;
  return value_at<std::uint16_t>(head + kAdHocLengthAt);
}

}  // namespace

bool is_of_format(int file, RecordingFormat format) {
  struct stat status {};
  if (fstat(file, &status) != 0) return false;
  std::array<std::byte, sizeof(std::uint32_t)> begin{};
  const auto got = pread(file, begin.data(), begin.size(), 0);
  if (format == RecordingFormat::kPcap) {
    return got == static_cast<ssize_t>(begin.size()) &&
           value_at<std::uint32_t>(begin.data()) == kPcapMagic &&
           status.st_size >= static_cast<off_t>(kPcapFileHeadBytes);
  }
  return got == 0 || (got > 1 && is_family(value_at<std::uint16_t>(begin.data())));
}

Result<off_t, int> whole_packets(int file, RecordingFormat format) {
  struct stat status {};
  if (fstat(file, &status) != 0) return failure(int{errno});
  const bool is_pcap = format == RecordingFormat::kPcap;
  const auto head_bytes = is_pcap ? kPcapPacketHeadBytes : kAdHocHeadBytes;
  Reader reader(file);
  off_t whole = is_pcap ? static_cast<off_t>(kPcapFileHeadBytes) : 0;
  for (;;) {
    const auto* head = reader.at(whole, head_bytes);
    if (head == nullptr) return whole;
    const auto length = packet_length(head, format);
    if (!length) return status.st_size;
    const auto next = whole + static_cast<off_t>(head_bytes + *length);
    if (next > status.st_size) return whole;
    whole = next;
  }
}

}  // namespace mediaplane
