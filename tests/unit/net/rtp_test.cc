// SPDX-License-Identifier: BSD-2-Clause
// Which payloads count as RTP. The bytes of each row lie in heap memory of exactly their size, so
// that a sanitizer sees every byte that is read too many.
#include "dataplane/net/rtp.h"

#include <vector>

#include <gtest/gtest.h>

namespace mediaplane {
namespace {

struct Row {
  std::string_view what;
  std::vector<std::uint8_t> head;  // The first bytes; zeros follow up to `length`.
  std::size_t length;
  bool is_rtp;
  std::uint8_t last = 0;  // The last byte, where the padding is counted; set if not zero.
};

std::vector<std::byte> bytes_of(const Row& row) {
  std::vector<std::byte> bytes(row.length);
  for (std::size_t i = 0; i < std::min(row.head.size(), row.length); ++i) {
    bytes[i] = static_cast<std::byte>(row.head[i]);
  }
  if (row.last != 0) bytes.back() = static_cast<std::byte>(row.last);
  return bytes;
}

// A head with one extension word count at bytes 12..15.
std::vector<std::uint8_t> extended(std::uint8_t first, std::uint16_t words) {
  std::vector<std::uint8_t> head(16);
  head[0] = first;
  head[14] = static_cast<std::uint8_t>(words >> 8);
  head[15] = static_cast<std::uint8_t>(words & 0xff);
  return head;
}

const std::vector<Row> kRows = {
    {"empty", {}, 0, false},
    {"one byte", {0x80}, 1, false},
    {"eleven bytes", {0x80}, 11, false},
    {"a header and nothing more", {0x80}, 12, true},
    {"G.711, 20 ms", {0x80, 0x08}, 172, true},
    {"marker", {0x80, 0x88}, 172, true},
    {"version 0", {0x00}, 172, false},
    {"version 1", {0x40}, 172, false},
    {"version 3", {0xc0}, 172, false},
    {"15 contributors", {0x8f}, 12 + 60, true},
    {"15 contributors, cut", {0x8f}, 12 + 59, false},
    {"one contributor, cut", {0x81}, 12, false},
    {"extension without its header", {0x90}, 15, false},
    {"extension of no words", extended(0x90, 0), 16, true},
    {"extension of one word", extended(0x90, 1), 20, true},
    {"extension longer than the packet", extended(0x90, 2), 20, false},
    {"extension of 65535 words", extended(0x90, 0xffff), 1500, false},
    {"extension of 65535 words, there", extended(0x90, 0xffff), 16 + 4 * 65535, true},
    {"contributor and extension", {0x91}, 20, true},
    {"contributor and extension, cut", {0x91}, 19, false},
    {"padding of 0", {0xa0}, 172, false},
    {"padding of 1", {0xa0}, 172, true, 1},
    {"padding of the whole payload", {0xa0}, 172, true, 160},
    {"padding longer than the payload", {0xa0}, 172, false, 161},
    {"padding of 255", {0xa0}, 172, false, 255},
    {"padding and no payload", {0xa0}, 12, false, 1},
    {"padding, the header's last byte is no count", {0xa0}, 12, false, 12},
    {"payload type 71", {0x80, 71}, 172, true},
    {"payload type 72", {0x80, 72}, 172, false},
    {"payload type 76", {0x80, 76}, 172, false},
    {"payload type 77", {0x80, 77}, 172, true},
    {"payload type 127", {0x80, 127}, 172, true},
    {"RTCP sender report", {0x80, 200}, 28, false},
    {"RTCP receiver report", {0x81, 201}, 32, false},
    {"RTCP source description", {0x81, 202}, 32, false},
    {"RTCP goodbye", {0x81, 203}, 12, false},
    {"RTCP application", {0x80, 204}, 12, false},
    {"RTCP transport feedback, reduced size", {0x81, 205}, 16, false},
    {"RTCP payload feedback, reduced size", {0x81, 206}, 12, false},
    {"RTCP extended report", {0x80, 207}, 28, false},
    {"RTCP, its first type", {0x80, 192}, 28, false},
    {"RTCP, its last type", {0x80, 223}, 28, false},
    {"marker, payload type 63", {0x80, 191}, 172, true},
    {"marker, payload type 96", {0x80, 224}, 172, true},
    {"sequence number 65535", {0x80, 0, 0xff, 0xff}, 172, true},
    {"SSRC 0", {0x80, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0}, 172, true},
    {"timestamp at its end", {0x80, 0, 0, 1, 0xff, 0xff, 0xff, 0xff}, 172, true},
    {"STUN binding request", {0x00, 0x01, 0x00, 0x00, 0x21, 0x12, 0xa4, 0x42}, 20, false},
    {"STUN, first byte 3", {0x03}, 20, false},
    {"ZRTP", {0x10, 0x00}, 28, false},
    {"DTLS, first byte 20", {20}, 60, false},
    {"DTLS client hello", {22, 0xfe, 0xff}, 120, false},
    {"DTLS, first byte 63", {63}, 60, false},
    {"UDPTL (T.38)", {0x00, 0x00, 0x06, 0xc0, 0x01}, 20, false},
};

TEST(Rtp, Rows) {
  for (const auto& row : kRows) {
    EXPECT_EQ(parse_rtp(bytes_of(row)) != nullptr, row.is_rtp) << row.what;
  }
}

TEST(Rtp, ReadsItsFields) {
  const Row row = {
      "", {0xb1, 0xe0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 0, 0, 0, 0, 0, 0, 0, 0}, 30, true, 1};
  const auto bytes = bytes_of(row);
  const auto* header = parse_rtp(bytes);
  ASSERT_TRUE(header);
  EXPECT_TRUE(header->has_padding());
  EXPECT_TRUE(header->has_extension());
  EXPECT_EQ(header->contributor_count(), 1U);
  EXPECT_EQ(header->payload_type(), 96);
  EXPECT_EQ(header->sequence.host(), 0x0102);
  EXPECT_EQ(header->timestamp.host(), 0x03040506U);
  EXPECT_EQ(header->ssrc.host(), 0x0708090aU);
}

TEST(Rtp, SequenceDistanceRows) {
  struct Distance {
    std::uint16_t from, to;
    int distance;
  };
  constexpr std::array<Distance, 6> kDistances = {{{1, 2, 1},
                                                   {2, 1, -1},
                                                   {65535, 0, 1},
                                                   {0, 65535, -1},
                                                   {0, 32767, 32767},
                                                   {0, 32768, -32768}}};
  for (const auto& [from, to, distance] : kDistances) {
    EXPECT_EQ(sequence_distance(from, to), distance) << from << " " << to;
  }
}

}  // namespace
}  // namespace mediaplane
