// SPDX-License-Identifier: BSD-2-Clause
#include "dataplane/net/ipv6.h"

namespace mediaplane {
namespace {

constexpr std::uint8_t kHopByHop = 0;
constexpr std::uint8_t kRouting = 43;
constexpr std::uint8_t kDestinationOptions = 60;

// How all extension headers begin that are skipped.
struct ExtensionHeader {
  std::uint8_t next_header;
  std::uint8_t length;  // In units of 8 bytes, the first 8 not counted.
  std::uint8_t routing_type;
  std::uint8_t segments_left;
};

bool is_skipped(std::uint8_t header) {
  return header == kHopByHop || header == kRouting || header == kDestinationOptions;
}

UpperLayer behind_fragment_header(std::span<const std::byte> payload, std::size_t offset) {
  using Kind = UpperLayer::Kind;
  if (payload.size() - offset < sizeof(FragmentHeader)) {
    return {Kind::kBadExtension, kProtocolFragment, 0};
  }
  const auto header = load<FragmentHeader>(payload.data() + offset);
  const bool is_whole = header.offset() == 0 && !header.has_more();
  return {is_whole ? Kind::kFound : Kind::kFragment, header.next_header,
          static_cast<std::uint16_t>(offset + (is_whole ? sizeof header : 0))};
}

}  // namespace

UpperLayer find_upper_layer(std::uint8_t next_header, std::span<const std::byte> payload) {
  using Kind = UpperLayer::Kind;
  std::size_t offset = 0;
  for (int headers = 0; is_skipped(next_header); ++headers) {
    if (headers == kMaxExtensionHeaders || payload.size() - offset < 8) {
      return {Kind::kBadExtension, next_header, 0};
    }
    const auto header = load<ExtensionHeader>(payload.data() + offset);
    const bool is_on_its_way = next_header == kRouting && header.segments_left != 0;
    const bool is_misplaced = next_header == kHopByHop && headers > 0;
    offset += (header.length + std::size_t{1}) * 8;
    if (is_on_its_way || is_misplaced || offset > kMaxExtensionBytes || offset > payload.size()) {
      return {Kind::kBadExtension, next_header, 0};
    }
    next_header = header.next_header;
  }
  if (next_header == kProtocolFragment) return behind_fragment_header(payload, offset);
  return {Kind::kFound, next_header, static_cast<std::uint16_t>(offset)};
}

}  // namespace mediaplane
