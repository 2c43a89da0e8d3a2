// SPDX-License-Identifier: BSD-2-Clause
// The player's thread, at the other end of the ring and of the bells.
#include "controlplane/media/player.h"

#include <chrono>
#include <optional>

#include <gtest/gtest.h>
#include <poll.h>

#include "dataplane/net/rtp.h"
#include "tests/unit/media/files.h"
#include "tests/unit/media/rings.h"
#include "tests/unit/temporary_directory.h"

namespace mediaplane {
namespace {

constexpr int kPatienceMs = 10000;

bool is_rung(int bell, int timeout_ms) {
  pollfd waited{bell, POLLIN, 0};
  return poll(&waited, 1, timeout_ms) == 1;
}

struct Heard {
  abi::PlayedPacket head;
  RtpHeader rtp;
  std::string payload;
};

class PlayerTest : public testing::Test {
 protected:
  PlayerTest() {
    write_file(stem_ + ".0", content_);
    player_.use(rings_.theirs);
  }

  std::unique_ptr<Playback> open(std::int32_t count) {
    return player_.open({stem_, "18,0", count, {}, {}}, {3, 9}, abi::Side::kCaller);
  }

  // The next packet; waits for the bell that announces it.
  std::optional<Heard> hear() {
    for (;;) {
      abi::Message message;
      const auto receipt = abi::receive(rings_.playback[0], message);
      if (receipt == abi::Receipt::kMessage) return heard(message);
      if (receipt == abi::Receipt::kGarbage || !is_rung(rings_.doorbell.get(), kPatienceMs)) {
        return std::nullopt;
      }
      std::uint64_t rings = 0;
      EXPECT_GT(read(rings_.doorbell.get(), &rings, sizeof rings), 0);
    }
  }

  static std::optional<Heard> heard(const abi::Message& message) {
    Heard heard{};
    std::span<const std::byte> packet;
    if (message.header().type != abi::MessageType::kPlay || !message.read(heard.head, packet)) {
      return std::nullopt;
    }
    const auto rtp = parse_rtp(packet);
    if (!rtp) return std::nullopt;
    heard.rtp = *rtp;
    const auto payload = packet.subspan(sizeof(RtpHeader));
    heard.payload.assign(reinterpret_cast<const char*>(payload.data()), payload.size());
    return heard;
  }

  TemporaryDirectory directory_;
  std::string stem_ = directory_.file("prompt");
  std::string content_ = std::string(80, 'a') + std::string(80, 'b') + std::string(80, 'c');
  TestRings rings_;
  Player player_;
};

TEST_F(PlayerTest, SendsThePromptAsOftenAsItIsToldTo) {
  const auto playback = open(2);
  ASSERT_TRUE(playback);
  playback->begin();
  std::string all;
  std::optional<Heard> first;
  for (std::uint16_t i = 0; i < 6; ++i) {
    const auto packet = hear();
    ASSERT_TRUE(packet);
    if (!first) first = packet;
    EXPECT_EQ(packet->head.session, (abi::SessionId{3, 9}));
    EXPECT_EQ(packet->head.side, abi::Side::kCaller);
    EXPECT_EQ(packet->rtp.ssrc, first->rtp.ssrc);
    EXPECT_EQ(sequence_distance(first->rtp.sequence.host(), packet->rtp.sequence.host()), i);
    EXPECT_EQ(packet->rtp.timestamp.host() - first->rtp.timestamp.host(), 80U * i);
    all += packet->payload;
  }
  EXPECT_EQ(all, content_ + content_);
  ASSERT_TRUE(is_rung(player_.descriptor(), kPatienceMs));
  EXPECT_TRUE(playback->has_ended());
  player_.hush();
  EXPECT_FALSE(is_rung(player_.descriptor(), 0));
  EXPECT_TRUE(rings_.playback[0].is_empty());
}

TEST_F(PlayerTest, GoesOnWhereThePromptIsByNow) {
  const StreamStart start{0x12345678, 1000, 65535};
  const auto playback = player_.open({stem_, "0", -1, start, {}}, {3, 9}, abi::Side::kCaller);
  // Four packets of a prompt of three have passed.
  playback->go_on(std::chrono::steady_clock::now() - std::chrono::milliseconds(45));
  const auto first = hear();
  ASSERT_TRUE(first);
  EXPECT_EQ(first->rtp.ssrc.host(), start.ssrc);
  const auto passed = static_cast<std::uint16_t>(first->rtp.sequence.host() - start.sequence);
  EXPECT_GE(passed, 4);
  EXPECT_EQ(first->rtp.timestamp.host(), start.timestamp + 80U * passed);
  EXPECT_EQ(first->payload, content_.substr(80U * (passed % 3), 80));
}

TEST_F(PlayerTest, SendsNothingBeforeItsBeginningAndAfterItsEnd) {
  auto playback = open(-1);
  EXPECT_FALSE(is_rung(rings_.doorbell.get(), 30));
  playback->begin();
  ASSERT_TRUE(hear());
  playback.reset();
  abi::Message message;
  while (abi::receive(rings_.playback[0], message) == abi::Receipt::kMessage) continue;
  std::uint64_t rings = 0;
  [[maybe_unused]] const auto got = read(rings_.doorbell.get(), &rings, sizeof rings);
  EXPECT_FALSE(is_rung(rings_.doorbell.get(), 30));
}

TEST_F(PlayerTest, TimeGoesOnWithoutADataplane) {
  player_.use(nullptr);
  const auto playback = open(1);
  playback->begin();
  ASSERT_TRUE(is_rung(player_.descriptor(), kPatienceMs));
  EXPECT_TRUE(playback->has_ended());
  EXPECT_TRUE(rings_.playback[0].is_empty());
}

TEST_F(PlayerTest, AFullRingLosesPackets) {
  const std::vector<abi::Slot> slots(TestRings::kSlots - 1);
  ASSERT_TRUE(rings_.theirs->playback.enqueue(slots));
  const auto playback = open(1);
  playback->begin();
  ASSERT_TRUE(is_rung(player_.descriptor(), kPatienceMs));
  EXPECT_FALSE(is_rung(rings_.doorbell.get(), 0));
}

TEST_F(PlayerTest, OpensOnlyWhatIsThere) {
  EXPECT_FALSE(player_.open({stem_, "18", 1, {}, {}}, {3, 9}, abi::Side::kCaller));
  EXPECT_FALSE(
      player_.open({directory_.file("other"), "0", 1, {}, {}}, {3, 9}, abi::Side::kCaller));
}

}  // namespace
}  // namespace mediaplane
