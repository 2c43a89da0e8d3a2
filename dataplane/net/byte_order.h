// SPDX-License-Identifier: BSD-2-Clause
// Integers in network byte order are a type of their own: they compare and copy, and everything
// else goes through host(). A forgotten swap does not compile.
#pragma once

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>

namespace mediaplane {

static_assert(std::endian::native == std::endian::little, "mediaplane runs on little-endian CPUs");

template <std::unsigned_integral T>
constexpr T byte_swapped(T value) {
  if constexpr (sizeof(T) == 2) {
    return __builtin_bswap16(value);
  } else if constexpr (sizeof(T) == 4) {
    return __builtin_bswap32(value);
  } else {
    static_assert(sizeof(T) == 8);
    return __builtin_bswap64(value);
  }
}

// An aggregate, so that it may stand in packed headers. `raw` is the value as it lies in memory;
// checksums work on it (RFC 1071 section 2(B): the sum is independent of byte order).
// Packed, because headers lie anywhere: host() of a field may be called where the field is.
template <std::unsigned_integral T>
struct [[gnu::packed, gnu::may_alias]] BigEndian {
  T raw;  // No initialiser: headers are packed, and only plain types can be.

  static constexpr BigEndian from_host(T value) { return BigEndian{byte_swapped(value)}; }
  constexpr T host() const { return byte_swapped(raw); }
  friend constexpr bool operator==(BigEndian, BigEndian) = default;
};

using Be16 = BigEndian<std::uint16_t>;
using Be32 = BigEndian<std::uint32_t>;

constexpr Be16 be16(std::uint16_t host_value) { return Be16::from_host(host_value); }
constexpr Be32 be32(std::uint32_t host_value) { return Be32::from_host(host_value); }

// Packet memory has no alignment and no type. Single values are loaded and stored as such, which
// compilers turn into plain moves.
template <typename T>
requires std::is_trivially_copyable_v<T> T load(const std::byte* from) {
  T value;
  std::memcpy(&value, from, sizeof(T));
  return value;
}

template <typename T>
requires std::is_trivially_copyable_v<T>
void store(std::byte* to, const T& value) { std::memcpy(to, &value, sizeof(T)); }

// On the packet path, headers are read and written field by field where they lie: a copy on the
// stack, written in some pieces and read in others, makes the CPU wait for each of them. Such
// headers are packed and may alias.
template <typename T>
const T& view(const std::byte* at) {
  static_assert(alignof(T) == 1);
  return *reinterpret_cast<const T*>(at);
}
template <typename T>
T& edit(std::byte* at) {
  static_assert(alignof(T) == 1);
  return *reinterpret_cast<T*>(at);
}

}  // namespace mediaplane
