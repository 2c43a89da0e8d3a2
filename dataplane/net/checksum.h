// SPDX-License-Identifier: BSD-2-Clause
// The Internet checksum (RFC 1071) and its update by difference (RFC 1624).
//
// A partial sum is a plain integer that has not been folded yet; partial sums of the parts of a
// packet add up. All sums are made of 16-bit words as they lie in memory, so no byte is swapped.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>

#include "dataplane/net/address.h"
#include "dataplane/net/byte_order.h"

namespace mediaplane {

using PartialSum = std::uint64_t;
using SmallSum = std::uint32_t;  // Of some 16-bit words.

// The two halves added with their carry. Only 0 becomes 0.
constexpr std::uint16_t folded(SmallSum sum) {
  sum += std::rotl(sum, 16);
  return static_cast<std::uint16_t>(sum >> 16);
}
constexpr std::uint16_t folded(PartialSum sum) {
  sum += std::rotl(sum, 32);
  return folded(static_cast<SmallSum>(sum >> 32));
}

constexpr PartialSum sum_of(Be16 word) { return word.raw; }
constexpr PartialSum sum_of(Be32 word) { return word.raw; }
constexpr PartialSum sum_of(const Ipv6Bytes& bytes) {
  PartialSum sum = 0;
  for (const auto word : std::bit_cast<std::array<std::uint32_t, 4>>(bytes)) sum += word;
  return sum;
}

// Any number of bytes; an odd last byte counts as the first of a zero-padded word.
inline PartialSum sum_of(std::span<const std::byte> bytes) {
  PartialSum sum = 0;
  while (bytes.size() >= 4) {
    sum += load<std::uint32_t>(bytes.data());
    bytes = bytes.subspan(4);
  }
  if (bytes.size() >= 2) {
    sum += load<std::uint16_t>(bytes.data());
    bytes = bytes.subspan(2);
  }
  if (!bytes.empty()) sum += std::to_integer<std::uint16_t>(bytes[0]);
  return sum;
}

// An IPv4 header without options. A carry out of the word is added again, as 2^64 - 1 is a multiple
// of 2^16 - 1.
inline PartialSum sum_of_ipv4_header(const std::byte* at) {
  const auto begin = load<std::uint64_t>(at);
  auto sum = begin + load<std::uint64_t>(at + 8);
  sum += sum < begin ? 1 : 0;
  const PartialSum end = load<std::uint32_t>(at + 16);
  sum += end;
  return sum + (sum < end ? 1 : 0);
}

// The checksum field for a sum over everything but the field itself.
template <typename Sum>
constexpr Be16 checksum_of(Sum sum) {
  return Be16{static_cast<std::uint16_t>(~folded(sum))};
}

// True if a sum that includes the checksum field is right.
constexpr bool is_checksum_right(PartialSum sum) { return folded(sum) == 0xffff; }

// Of an address of either family: what is behind an IPv4 address is zero.
inline PartialSum sum_of(const IpAddress& address) { return sum_of(address.bytes); }

// What is added to a sum to take words out of it: a complement is a negative number in the ones'
// complement arithmetic of RFC 1071, and 2^32 - 1 is a multiple of 2^16 - 1.
constexpr PartialSum removal_of(PartialSum sum) { return static_cast<std::uint16_t>(~folded(sum)); }
constexpr PartialSum removal_of(Be16 word) { return static_cast<std::uint16_t>(~word.raw); }
constexpr PartialSum removal_of(Be32 word) { return static_cast<std::uint32_t>(~word.raw); }
constexpr PartialSum removal_of(const Ipv6Bytes& bytes) {
  PartialSum sum = 0;
  for (const auto word : std::bit_cast<std::array<std::uint32_t, 4>>(bytes)) {
    sum += static_cast<std::uint32_t>(~word);
  }
  return sum;
}

// RFC 1624 equation 3: HC' = ~(~HC + ~m + m'). `removal` is the sum of the ~m of the words that
// left, `added` the sum of those that came.
constexpr Be16 updated_checksum(Be16 old, PartialSum removal, PartialSum added) {
  return checksum_of(removal_of(old) + removal + added);
}

// UDP (RFC 768): a zero field means "no checksum" and stays so; a computed zero is sent as 0xffff.
constexpr Be16 as_udp_checksum(Be16 computed) {
  return computed.raw == 0 ? Be16{0xffff} : computed;
}

// `difference` is what left and what came, as one sum.
constexpr Be16 updated_udp_checksum(Be16 old, SmallSum difference) {
  if (old.raw == 0) return old;
  return as_udp_checksum(checksum_of(static_cast<std::uint16_t>(~old.raw) + difference));
}
constexpr Be16 updated_udp_checksum(Be16 old, PartialSum removal, PartialSum added) {
  return updated_udp_checksum(old, SmallSum{folded(removal + added)});
}

// The pseudo header of RFC 768 and RFC 8200 section 8.1: addresses, protocol, upper-layer length.
constexpr PartialSum pseudo_header_sum(PartialSum addresses, std::uint8_t protocol,
                                       std::uint32_t length) {
  return addresses + be16(protocol).raw + be32(length).raw;
}

}  // namespace mediaplane
