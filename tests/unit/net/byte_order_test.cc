// SPDX-License-Identifier: BSD-2-Clause
#include "dataplane/net/byte_order.h"

#include <array>

#include <gtest/gtest.h>

#include "dataplane/net/headers.h"

namespace mediaplane {
namespace {

constexpr std::array kBytes = {std::byte{0x12}, std::byte{0x34}, std::byte{0x56}, std::byte{0x78},
                               std::byte{0x9a}};

TEST(ByteOrder, HostReadsTheFirstByteAsTheHighest) {
  EXPECT_EQ(load<Be16>(kBytes.data()).host(), 0x1234);
  EXPECT_EQ(load<Be32>(kBytes.data()).host(), 0x12345678U);
  EXPECT_EQ(load<Be32>(kBytes.data() + 1).host(), 0x3456789aU);  // No alignment needed.
}

TEST(ByteOrder, ThereAndBackIsTheSame) {
  for (std::uint32_t value = 0; value <= 0xffff; ++value) {
    ASSERT_EQ(be16(static_cast<std::uint16_t>(value)).host(), value);
    ASSERT_EQ(be32(value * 65537).host(), value * 65537);
  }
  EXPECT_EQ(byte_swapped(std::uint64_t{0x0102030405060708}), 0x0807060504030201U);
}

TEST(ByteOrder, StoreWritesOnlyItsBytes) {
  auto bytes = kBytes;
  store(bytes.data() + 1, be16(0xaabb));
  EXPECT_EQ(bytes, (std::array{std::byte{0x12}, std::byte{0xaa}, std::byte{0xbb}, std::byte{0x78},
                               std::byte{0x9a}}));
}

TEST(Headers, Ipv4Fields) {
  Ipv4Header header{};
  header.version_ihl = 0x4f;
  EXPECT_EQ(header.version(), 4);
  EXPECT_EQ(header.header_length(), 60U);
}

TEST(Headers, FragmentRows) {
  struct Row {
    std::uint16_t field;
    bool is_fragment;
  };
  constexpr std::array<Row, 6> kRows = {{
      {0x0000, false},
      {0x4000, false},  // Don't fragment
      {0x8000, false},  // The evil bit of RFC 3514
      {0x2000, true},   // More fragments: the first
      {0x0001, true},   // An offset: a later one
      {0x6000, true},   // Both flags
  }};
  for (const auto& row : kRows) {
    Ipv4Header header{};
    header.fragment = be16(row.field);
    EXPECT_EQ(header.is_fragment(), row.is_fragment) << row.field;
  }
}

}  // namespace
}  // namespace mediaplane
