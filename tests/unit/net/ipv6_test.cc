// SPDX-License-Identifier: BSD-2-Clause
#include "dataplane/net/ipv6.h"

#include <memory>
#include <random>
#include <vector>

#include <gtest/gtest.h>

namespace mediaplane {
namespace {

using Kind = UpperLayer::Kind;

constexpr std::uint8_t kHopByHop = 0;
constexpr std::uint8_t kRouting = 43;
constexpr std::uint8_t kFragment = 44;
constexpr std::uint8_t kDestinationOptions = 60;

// One extension header after the other, and a UDP header behind them.
std::vector<std::byte> chain(std::initializer_list<std::pair<std::uint8_t, std::size_t>> headers) {
  std::vector<std::byte> bytes;
  for (auto header = headers.begin(); header != headers.end(); ++header) {
    const auto at = bytes.size();
    bytes.resize(at + header->second);
    const auto next = header + 1 == headers.end() ? kProtocolUdp : (header + 1)->first;
    bytes[at] = std::byte{next};
    bytes[at + 1] = static_cast<std::byte>(header->second / 8 - 1);
  }
  bytes.resize(bytes.size() + sizeof(UdpHeader));
  return bytes;
}

TEST(UpperLayer, NoExtensionHeader) {
  for (const unsigned protocol : {6U, 17U, 50U, 51U, 58U, 59U, 135U, 255U}) {
    const auto upper = find_upper_layer(static_cast<std::uint8_t>(protocol), {});
    EXPECT_EQ(upper.kind, Kind::kFound);
    EXPECT_EQ(upper.protocol, protocol);
    EXPECT_EQ(upper.offset, 0);
  }
}

TEST(UpperLayer, ExtensionHeadersAreSkippedWithinBounds) {
  const auto four = chain({{kHopByHop, 8}, {kDestinationOptions, 16}, {kRouting, 24}, {60, 208}});
  const auto upper = find_upper_layer(kHopByHop, four);
  EXPECT_EQ(upper.kind, Kind::kFound);
  EXPECT_EQ(upper.protocol, kProtocolUdp);
  EXPECT_EQ(upper.offset, 256);
  const auto long_one = chain({{kHopByHop, 264}});
  EXPECT_EQ(find_upper_layer(kHopByHop, long_one).kind, Kind::kBadExtension);
  const auto five = chain({{0, 8}, {60, 8}, {60, 8}, {60, 8}, {60, 8}});
  EXPECT_EQ(find_upper_layer(kHopByHop, five).kind, Kind::kBadExtension);
}

TEST(UpperLayer, AFragmentIsOneBehindFourHeadersToo) {
  auto bytes = chain({{60, 8}, {60, 8}, {60, 8}, {60, 8}});
  bytes[16] = std::byte{kFragment};
  bytes[27] = std::byte{1};  // More to come.
  const auto upper = find_upper_layer(kDestinationOptions, bytes);
  EXPECT_EQ(upper.kind, Kind::kFragment);
  EXPECT_EQ(upper.offset, 24);
  EXPECT_EQ(upper.protocol, kProtocolUdp);
}

TEST(UpperLayer, AFragmentHeaderCutOffIsBad) {
  std::array<std::byte, 8> header{std::byte{kProtocolUdp}};
  header[3] = std::byte{1};
  for (std::size_t length = 0; length < 8; ++length) {
    EXPECT_EQ(find_upper_layer(kFragment, std::span(header).first(length)).kind,
              Kind::kBadExtension);
  }
  EXPECT_EQ(find_upper_layer(kFragment, header).kind, Kind::kFragment);
}

TEST(UpperLayer, APacketThatIsItsOnlyFragmentIsNone) {
  auto bytes = chain({{kHopByHop, 8}, {kFragment, 8}});
  const auto upper = find_upper_layer(kHopByHop, bytes);
  EXPECT_EQ(upper.kind, Kind::kFound);
  EXPECT_EQ(upper.protocol, kProtocolUdp);
  EXPECT_EQ(upper.offset, 16);
  bytes[11] = std::byte{8};  // An offset.
  EXPECT_EQ(find_upper_layer(kHopByHop, bytes).kind, Kind::kFragment);
}

TEST(UpperLayer, ARoutingHeaderHasToBeAtItsEnd) {
  auto bytes = chain({{kRouting, 24}});
  EXPECT_EQ(find_upper_layer(kRouting, bytes).kind, Kind::kFound);
  bytes[3] = std::byte{1};
  EXPECT_EQ(find_upper_layer(kRouting, bytes).kind, Kind::kBadExtension);
}

TEST(UpperLayer, HopByHopOptionsComeFirstOrNotAtAll) {
  EXPECT_EQ(find_upper_layer(kHopByHop, chain({{kHopByHop, 8}})).kind, Kind::kFound);
  const auto late = chain({{kDestinationOptions, 8}, {kHopByHop, 8}});
  EXPECT_EQ(find_upper_layer(kDestinationOptions, late).kind, Kind::kBadExtension);
}

TEST(UpperLayer, EveryCutIsNoticed) {
  const auto bytes = chain({{kHopByHop, 16}, {kDestinationOptions, 24}});
  for (std::size_t length = 0; length < 40; ++length) {
    const auto cut = std::span(bytes).first(length);
    EXPECT_EQ(find_upper_layer(kHopByHop, cut).kind, Kind::kBadExtension) << length;
  }
}

// On exact heap copies, so that a sanitizer sees a byte read too many.
TEST(UpperLayer, AnyBytesAreSurvived) {
  std::mt19937 chance(20260101);
  for (int i = 0; i < 100000; ++i) {
    const std::size_t length = chance() % 300;
    const auto bytes = std::make_unique<std::byte[]>(length);
    for (std::size_t j = 0; j < length; ++j) {
      bytes[j] = static_cast<std::byte>(chance() % 4 == 0 ? chance() : chance() % 2 * 60);
    }
    const auto upper = find_upper_layer(kHopByHop, {bytes.get(), length});
    ASSERT_LE(upper.offset, length);
  }
}

}  // namespace
}  // namespace mediaplane
