// SPDX-License-Identifier: BSD-2-Clause
#include "controlplane/media/played_stream.h"

#include <vector>

#include <gtest/gtest.h>

#include "dataplane/net/rtp.h"

namespace mediaplane {
namespace {

std::shared_ptr<const Prompt> prompt_of(const PromptFormat& format, std::size_t bytes) {
  std::vector<std::byte> content(bytes);
  for (std::size_t i = 0; i < bytes; ++i) content[i] = static_cast<std::byte>(i * 7);
  return std::make_shared<const Prompt>(format, std::move(content));
}

constexpr PromptFormat kGsm{3, 33, 20};

std::size_t count_packets(PlayedStream& stream, std::size_t at_most) {
  PlayedStream::Buffer buffer;
  for (std::size_t i = 0; i < at_most; ++i) {
    if (!stream.next(buffer)) return i;
  }
  return at_most;
}

TEST(PlayedStream, CountsOnAndWrapsAround) {
  const auto prompt = prompt_of(kGsm, 5 * 33 + 7);
  PlayedStream stream(prompt, 1, {0x12345678, 0xffffff00, 65534});
  PlayedStream::Buffer buffer;
  for (std::uint16_t i = 0; i < 5; ++i) {
    const auto packet = stream.next(buffer);
    ASSERT_TRUE(packet);
    const auto header = parse_rtp(*packet);
    ASSERT_TRUE(header);
    EXPECT_EQ(header->version_flags, 0x80);
    EXPECT_EQ(header->payload_type(), 3);
    EXPECT_EQ((header->marker_type & 0x80) != 0, i == 0);
    EXPECT_EQ(header->ssrc.host(), 0x12345678U);
    EXPECT_EQ(header->sequence.host(), static_cast<std::uint16_t>(65534 + i));
    EXPECT_EQ(header->timestamp.host(), static_cast<std::uint32_t>(0xffffff00 + i * 160U));
    const auto payload = packet->subspan(12);
    const auto wanted = prompt->packet(i);
    EXPECT_TRUE(std::equal(payload.begin(), payload.end(), wanted.begin(), wanted.end()));
  }
  EXPECT_FALSE(stream.next(buffer));
  EXPECT_FALSE(stream.next(buffer));
  EXPECT_EQ(stream.period(), std::chrono::milliseconds(20));
}

TEST(PlayedStream, IsRepeatedWithoutABreak) {
  PlayedStream stream(prompt_of(kGsm, 66), 3, {1, 0, 10});
  PlayedStream::Buffer buffer;
  for (std::uint16_t i = 0; i < 6; ++i) {
    const auto header = parse_rtp(*stream.next(buffer));
    EXPECT_EQ(header->sequence.host(), 10 + i);
    EXPECT_EQ(header->timestamp.host(), 160U * i);
    EXPECT_EQ((header->marker_type & 0x80) != 0, i == 0);
  }
  EXPECT_FALSE(stream.next(buffer));
}

TEST(PlayedStream, NegativeIsForEver) {
  PlayedStream stream(prompt_of(kGsm, 33), -1, {});
  EXPECT_EQ(count_packets(stream, 100000), 100000U);
}

TEST(PlayedStream, WithoutAWholePacketIsOver) {
  for (const std::int32_t count : {1, 5, -1}) {
    PlayedStream tiny(prompt_of(kGsm, 32), count, {});
    EXPECT_EQ(count_packets(tiny, 10), 0U);
    PlayedStream unknown(prompt_of({111, 0, 0}, 4000), count, {});
    EXPECT_EQ(count_packets(unknown, 10), 0U);
  }
}

}  // namespace
}  // namespace mediaplane
