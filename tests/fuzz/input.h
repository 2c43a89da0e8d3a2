// SPDX-License-Identifier: BSD-2-Clause
// A fuzzer's input, read as a stream of small choices. Behind its end all choices are 0.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace mediaplane::test {

class Input {
 public:
  Input(const std::uint8_t* data, std::size_t size) : rest_(data, size) {}

  bool is_empty() const { return rest_.empty(); }
  std::uint8_t byte() {
    if (rest_.empty()) return 0;
    const auto value = rest_.front();
    rest_ = rest_.subspan(1);
    return value;
  }
  std::uint16_t word() {
    const auto high = byte();
    return static_cast<std::uint16_t>(high << 8 | byte());
  }
  // 0 .. end - 1
  std::uint8_t below(unsigned end) { return static_cast<std::uint8_t>(byte() % end); }
  bool chance() { return (byte() & 1) != 0; }
  // At most `most` bytes, as they come.
  std::span<const std::uint8_t> bytes(std::size_t most) {
    const auto taken = rest_.first(std::min(most, rest_.size()));
    rest_ = rest_.subspan(taken.size());
    return taken;
  }

 private:
  std::span<const std::uint8_t> rest_;
};

}  // namespace mediaplane::test
