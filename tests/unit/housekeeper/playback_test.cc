// SPDX-License-Identifier: BSD-2-Clause
// Packets of prompts, from the message in the ring to the frame on the wire.
#include "dataplane/housekeeper/playback.h"

#include <functional>

#include <gtest/gtest.h>

#include "tests/support/plane.h"
#include "tests/unit/abi/two_ends.h"

namespace mediaplane::test {
namespace {

constexpr const char* kCallee = "198.18.0.10";
constexpr const char* kCaller = "198.18.0.20";
constexpr MacAddress kCallerMac{{0x02, 0, 0, 0, 0, 0x20}};
constexpr abi::Side kToCaller = abi::Side::kCaller;

// The caller hears a prompt.
class PlaybackTest : public testing::Test {
 protected:
  PlaybackTest() {
    plane.resolve(kCallee, kPhoneMac);
    plane.resolve(kCaller, kCallerMac);
    wish = plane.session(3, 35000, at(kCallee, 4000), 35002, at(kCaller, 5000));
    wish.id.generation = 7;
    set_flags(0, abi::kPlaying);
    (void)plane.injected();
  }

  void set_flags(std::uint16_t callee, std::uint16_t caller) {
    wish.sides[0].flags = callee;
    wish.sides[1].flags = caller;
    ASSERT_EQ(plane.set(wish), abi::Status::kDone);
  }
  // Through a ring, as the control plane sends it.
  bool play(abi::PlayedPacket played, std::span<const std::byte> payload,
            abi::MessageType type = abi::MessageType::kPlay) {
    EXPECT_TRUE(abi::send(ring.producer, type, 0, abi::as_bytes_of(played), payload));
    EXPECT_EQ(abi::receive(ring.consumer, message), abi::Receipt::kMessage);
    return playback.play(message, plane.now);
  }
  bool play(std::uint16_t sequence = 1) {
    return play({{3, 7}, kToCaller, {}}, rtp_payload(9, sequence));
  }
  std::uint64_t generated() { return plane.housekeeper_totals().generated; }
  std::uint64_t dropped() {
    std::uint64_t all = 0;
    for (const auto& [verdict, name] : kVerdictNames) {
      if (is_drop(verdict)) all += dropped(verdict);
    }
    return all;
  }
  std::uint64_t dropped(Verdict verdict) {
    return plane.housekeeper_totals().verdicts[static_cast<std::size_t>(verdict)];
  }

  Plane plane;
  abi::Session wish;
  abi::TwoEnds ring = abi::two_ends(256);
  abi::Message message;
  Playback playback{plane.shared(), plane.sessions(), plane.neighbours(), plane.outbox()};
};

// The frame that has to come of it, from first principles.
Frame expected_at_caller(std::span<const std::byte> payload, std::uint16_t ip_id,
                         std::uint16_t udp_port = 5000) {
  UdpSpec out;
  out.source_mac = kRelayMac;
  out.destination_mac = kCallerMac;
  out.source_ip = "198.18.0.1";
  out.source_port = 35002;
  out.destination_ip = kCaller;
  out.destination_port = udp_port;
  out.payload.assign(payload.begin(), payload.end());
  auto frame = udp_frame(out);
  auto ip = load<Ipv4Header>(frame.data() + sizeof(EthernetHeader));
  ip.tos = 0xb8;
  ip.ttl = 64;
  ip.id = be16(ip_id);
  store(frame.data() + sizeof(EthernetHeader), ip);
  seal(frame);
  return frame;
}

TEST_F(PlaybackTest, EveryByteIsAsItMustBe) {
  std::uint16_t ip_id = 0;
  for (const std::size_t media : {0, 1, 160, 161, 1460}) {  // 1472 bytes fill the MTU.
    const auto payload = rtp_payload(9, ip_id, media);
    ASSERT_TRUE(play({{3, 7}, kToCaller, {}}, payload));
    const auto frames = plane.injected();
    ASSERT_EQ(frames.size(), 1U) << media;
    EXPECT_EQ(frames[0], expected_at_caller(payload, ip_id)) << media;
    ++ip_id;
  }
  EXPECT_EQ(generated(), 5U);
  EXPECT_EQ(dropped(), 0U);
}

TEST_F(PlaybackTest, AChecksumThatSumsToZeroIsSentAsOnes) {
  for (std::uint32_t word = 0; word < 0x10000; ++word) {
    auto payload = rtp_payload(9, 1, 2);
    store(payload.data() + 12, be16(static_cast<std::uint16_t>(word)));
    ASSERT_TRUE(play({{3, 7}, kToCaller, {}}, payload));
    const auto frames = plane.injected();
    ASSERT_EQ(frames.size(), 1U);
    const auto udp = load<UdpHeader>(frames[0].data() + udp_offset_of(frames[0]));
    ASSERT_NE(udp.checksum.raw, 0);
    if (udp.checksum.raw == 0xffff) return;
  }
  FAIL() << "no payload had that sum";
}

TEST_F(PlaybackTest, PacketsLeaveInTheirOrder) {
  for (std::uint16_t i = 0; i < 20; ++i) ASSERT_TRUE(play(i));
  const auto frames = plane.injected();
  ASSERT_EQ(frames.size(), 20U);
  for (std::uint16_t i = 0; i < 20; ++i) {
    EXPECT_EQ(frames[i], expected_at_caller(rtp_payload(9, i), i));
  }
}

TEST_F(PlaybackTest, ItGoesToWhereThePartyIsNow) {
  UdpSpec moved;  // The caller sends from another port than it said.
  moved.source_ip = kCaller;
  moved.source_port = 5555;
  moved.destination_port = 35002;
  moved.payload = rtp_payload(1, 1);
  plane.relay(udp_frame(moved));
  plane.housekeep();
  ASSERT_TRUE(play());
  EXPECT_EQ(plane.injected().at(0), expected_at_caller(rtp_payload(9, 1), 0, 5555));
}

TEST_F(PlaybackTest, ItIsNeitherCopiedNorDoubled) {
  set_flags(abi::kCopyRtp, abi::kPlaying | abi::kSendTwice);
  ASSERT_TRUE(play({{3, 7}, kToCaller, {}}, rtp_payload(9, 1, 20)));
  EXPECT_EQ(plane.injected().size(), 1U);
  EXPECT_EQ(generated(), 1U);
}

struct DropRow {
  const char* name;
  std::function<void(abi::Session&, abi::PlayedPacket&)> edit;
  Verdict verdict;
};

TEST_F(PlaybackTest, WhatCannotBeSentIsDroppedByName) {
  const DropRow rows[] = {
      {"former call", [](auto&, auto& p) { p.session.generation = 6; }, Verdict::kPromptStale},
      {"no call", [](auto&, auto& p) { p.session.index = 4; }, Verdict::kPromptStale},
      {"generation 0",
       [](auto&, auto& p) {
         p.session = {4, 0};
       },
       Verdict::kPromptStale},
      {"beyond all", [](auto&, auto& p) { p.session.index = 0xffffffff; }, Verdict::kPromptStale},
      {"other side", [](auto&, auto& p) { p.side = abi::Side::kCallee; }, Verdict::kPromptStale},
      {"ended prompt", [](auto& s, auto&) { s.sides[1].flags = 0; }, Verdict::kPromptStale},
      {"party unknown", [](auto& s, auto&) { s.sides[1].signalled = {}; }, Verdict::kNoDestination},
      {"no answer yet", [](auto& s, auto&) { s.sides[0].udp_port = 0; }, Verdict::kNoDestination},
      {"a call that passes here twice",
       [](auto& s, auto&) { s.sides[1].signalled = at("198.18.1.1", 36000); },
       Verdict::kPromptToOurselves},
  };
  std::uint64_t played = 0;
  for (const auto& row : rows) {
    SCOPED_TRACE(row.name);
    auto changed = wish;
    abi::PlayedPacket packet{wish.id, kToCaller, {}};
    row.edit(changed, packet);
    plane.sessions().remove(wish.id, plane.now);
    ASSERT_EQ(plane.set(changed), abi::Status::kDone);
    const auto before = dropped(row.verdict);
    EXPECT_TRUE(play(packet, rtp_payload(9, 1)));
    EXPECT_EQ(dropped(row.verdict), before + 1);
    EXPECT_TRUE(plane.injected().empty());
    EXPECT_EQ(generated(), ++played);
    EXPECT_EQ(dropped(), played);
  }
}

TEST_F(PlaybackTest, MoreThanTheMtuIsTooBig) {
  ASSERT_TRUE(play({{3, 7}, kToCaller, {}}, rtp_payload(9, 1, 1461)));
  ASSERT_TRUE(play({{3, 7}, kToCaller, {}}, rtp_payload(9, 1, abi::kMaxPacketPayload - 12)));
  EXPECT_EQ(dropped(Verdict::kTooBig), 2U);
  EXPECT_EQ(generated(), 2U);
}

TEST_F(PlaybackTest, ItWaitsForItsNextHop) {
  constexpr MacAddress kMac{{0x02, 0, 0, 0, 0, 0x99}};
  wish.sides[1].signalled = at("198.18.0.99", 5000);
  set_flags(0, abi::kPlaying);
  (void)plane.injected();  // The question.
  const auto before = generated();
  ASSERT_TRUE(play());
  EXPECT_EQ(plane.neighbours().held(), 1U);
  EXPECT_TRUE(plane.injected().empty());
  plane.neighbours().learn(Plane::kWan, ipv4("198.18.0.99"), kMac, true, plane.now);
  const auto frames = plane.injected();
  ASSERT_EQ(frames.size(), 1U);
  EXPECT_EQ(load<EthernetHeader>(frames[0].data()).destination, kMac);
  EXPECT_EQ(generated(), before + 1);
  EXPECT_EQ(dropped(), 0U);
}

TEST_F(PlaybackTest, WithoutABufferItIsDropped) {
  std::vector<rte_mbuf*> taken;
  while (auto* mbuf = rte_pktmbuf_alloc(plane.pool())) taken.push_back(mbuf);
  EXPECT_TRUE(play());
  EXPECT_EQ(dropped(Verdict::kNoBuffer), 1U);
  for (auto* mbuf : taken) rte_pktmbuf_free(mbuf);
}

TEST_F(PlaybackTest, AWorkerThatTakesNothingLosesPromptsByName) {
  for (std::uint16_t i = 0; i < 100; ++i) ASSERT_TRUE(play(i));
  const auto sent = plane.injected().size();
  EXPECT_LT(sent, 100U);
  EXPECT_EQ(dropped(Verdict::kSlowPathFull), 100 - sent);
  EXPECT_EQ(generated(), 100U);
}

TEST_F(PlaybackTest, WhatNoControlPlaneSaysIsRefusedAndNotCounted) {
  const auto payload = rtp_payload(9, 1);
  const auto some = [&](std::size_t bytes) { return std::span(payload).first(bytes); };
  abi::PlayedPacket sound{{3, 7}, kToCaller, {}};
  auto no_side = sound;
  no_side.side = abi::Side{2};
  EXPECT_FALSE(play(no_side, payload));
  EXPECT_FALSE(play(sound, payload, abi::MessageType::kSetSession));
  EXPECT_FALSE(play(sound, some(11))) << "less than an RTP header";
  EXPECT_FALSE(play(sound, {}));
  const std::vector<std::byte> huge(abi::kMaxPacketPayload + 1);
  EXPECT_FALSE(play(sound, huge));
  EXPECT_TRUE(abi::send(ring.producer, abi::MessageType::kPlay, 0, some(15)));
  EXPECT_EQ(abi::receive(ring.consumer, message), abi::Receipt::kMessage);
  EXPECT_FALSE(playback.play(message, plane.now)) << "no whole PlayedPacket";
  EXPECT_EQ(generated(), 0U);
  EXPECT_EQ(dropped(), 0U);
}

TEST_F(PlaybackTest, WithoutAControlPlaneThePartiesHearEachOtherAgain) {
  set_flags(abi::kPlaying | abi::kCopyRtp, abi::kPlaying);
  plane.sessions().stop_prompts(plane.now);
  UdpSpec from_callee;
  from_callee.payload = rtp_payload(77, 1);
  EXPECT_EQ(plane.relay(udp_frame(from_callee)).verdict, Verdict::kForward);
  ASSERT_TRUE(play());
  EXPECT_EQ(dropped(Verdict::kPromptStale), 1U);
  const auto& record = plane.shared().region.call_record(3).session;
  EXPECT_EQ(record.sides[0].flags, abi::kCopyRtp) << "the next control plane finds no prompt";
  EXPECT_EQ(record.sides[1].flags, 0);
}

}  // namespace
}  // namespace mediaplane::test
