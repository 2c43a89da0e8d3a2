// SPDX-License-Identifier: BSD-2-Clause
// Copies of packets for the recorder, and the direction that a prompt hides.
#include "dataplane/pipeline/copy.h"

#include <optional>

#include <gtest/gtest.h>

#include "dataplane/net/rtp.h"
#include "tests/support/plane.h"
#include "tests/unit/abi/two_ends.h"

namespace mediaplane::test {
namespace {

constexpr const char* kCallee = "198.18.0.10";
constexpr const char* kCaller = "198.18.0.20";
constexpr std::uint32_t kRingSlots = 16;  // One stays unused.

struct Copy {
  abi::CopiedPacket packet;
  std::vector<std::byte> payload;
};

// A call between two phones; the callee's media comes to 35000, and is copied.
class CopyTest : public testing::Test {
 protected:
  CopyTest() {
    plane.resolve(kCallee, kPhoneMac);
    plane.resolve(kCaller, kPhoneMac);
    wish = plane.session(3, 35000, at(kCallee, 4000), 35002, at(kCaller, 5000));
    wish.id.generation = 7;
    put_up_ring();
    set_flags(abi::kCopyRtp, 0);
  }

  void put_up_ring() {
    auto ends = abi::two_ends(kRingSlots);
    recorder.emplace(std::move(ends.consumer));
    std::vector<abi::SlotRing> rings;
    rings.push_back(std::move(ends.producer));
    plane.copies().replace(std::move(rings));
  }
  void set_flags(std::uint16_t callee, std::uint16_t caller) {
    wish.sides[0].flags = callee;
    wish.sides[1].flags = caller;
    ASSERT_EQ(plane.set(wish), abi::Status::kDone);
  }
  std::optional<Copy> next_copy() {
    abi::Message message;
    if (abi::receive(*recorder, message) != abi::Receipt::kMessage) return std::nullopt;
    EXPECT_EQ(message.header().type, abi::MessageType::kCopy);
    Copy copy;
    std::span<const std::byte> payload;
    EXPECT_TRUE(message.read(copy.packet, payload));
    copy.payload.assign(payload.begin(), payload.end());
    return copy;
  }
  std::size_t copies() {
    std::size_t count = 0;
    while (next_copy()) ++count;
    return count;
  }
  static UdpSpec from_callee(std::uint16_t sequence = 1) {
    UdpSpec spec;
    spec.payload = rtp_payload(77, sequence);
    return spec;
  }
  static UdpSpec from_caller(std::uint16_t sequence = 1) {
    UdpSpec spec = from_callee(sequence);
    spec.source_ip = kCaller;
    spec.source_port = 5000;
    spec.destination_port = 35002;
    return spec;
  }
  static UdpSpec rtcp_of(UdpSpec spec) {
    ++spec.source_port;
    ++spec.destination_port;
    spec.payload.assign(28, std::byte{0xc8});
    return spec;
  }
  Verdict relay(const UdpSpec& spec) { return plane.relay(udp_frame(spec)).verdict; }
  const abi::FlowStatistics& statistics(abi::Side side,
                                        abi::Component component = abi::Component::kRtp) {
    return plane.shared().region.flow_statistics(abi::flow_index(3, side, component));
  }
  std::uint64_t copied() { return plane.worker().totals.copied; }
  std::uint64_t lost() { return plane.worker().totals.copies_lost; }

  Plane plane;
  abi::Session wish;
  std::optional<abi::SlotRing> recorder;
};

TEST_F(CopyTest, AnAcceptedPacketIsCopiedOnceAsItCame) {
  plane.worker().microseconds = 123456789;
  const auto in = from_callee();
  EXPECT_EQ(relay(in), Verdict::kForward);
  const auto copy = next_copy();
  ASSERT_TRUE(copy);
  EXPECT_EQ(copy->packet.microseconds, 123456789U);
  EXPECT_EQ(copy->packet.session, (abi::SessionId{3, 7}));
  EXPECT_EQ(copy->packet.side, abi::Side::kCallee);
  EXPECT_EQ(copy->packet.component, abi::Component::kRtp);
  EXPECT_EQ(copy->packet.udp_port, 35000);
  EXPECT_EQ(copy->packet.local_address, 0);
  EXPECT_EQ(copy->packet.source, at(kCallee, 4000));
  EXPECT_EQ(copy->payload, in.payload);
  EXPECT_FALSE(next_copy()) << "once";
  EXPECT_EQ(copied(), 1U);
  EXPECT_EQ(lost(), 0U);
}

TEST_F(CopyTest, EveryLengthIsCopiedWhole) {
  for (const std::size_t length : {0, 1, 63, 64, 65, 128, 1400, 1472}) {
    auto in = from_callee();
    in.payload.assign(length, std::byte{0x5a});
    ASSERT_EQ(relay(in), Verdict::kForward);
    const auto copy = next_copy();
    ASSERT_TRUE(copy) << length;
    EXPECT_EQ(copy->payload, in.payload) << length;
  }
}

TEST_F(CopyTest, RefusedPacketsAreNotCopied) {
  relay(from_callee());
  plane.housekeep();
  ASSERT_EQ(copies(), 1U);
  auto stranger = from_callee();
  stranger.source_ip = "203.0.113.66";
  EXPECT_EQ(relay(stranger), Verdict::kSourceMismatch);
  auto lost_way = from_callee();
  lost_way.destination_port = 36000;
  EXPECT_EQ(relay(lost_way), Verdict::kNoSession);
  EXPECT_EQ(copies(), 0U);
  EXPECT_EQ(copied(), 1U);
}

TEST_F(CopyTest, WhatHasNoDestinationIsCopied) {
  wish.sides[1].signalled = {};
  set_flags(abi::kCopyRtp, 0);
  EXPECT_EQ(relay(from_callee()), Verdict::kNoDestination);
  EXPECT_EQ(copies(), 1U);
}

TEST_F(CopyTest, EachFlagIsForItsSideAndComponent) {
  const auto copied_of = [&] {
    std::vector<std::uint16_t> udp_ports;
    for (const auto& spec :
         {from_callee(), from_caller(), rtcp_of(from_callee()), rtcp_of(from_caller())}) {
      EXPECT_EQ(relay(spec), Verdict::kForward);
    }
    while (const auto copy = next_copy()) udp_ports.push_back(copy->packet.udp_port);
    return udp_ports;
  };
  using Ports = std::vector<std::uint16_t>;
  EXPECT_EQ(copied_of(), (Ports{35000}));
  set_flags(abi::kCopyRtcp, abi::kCopyRtp);
  EXPECT_EQ(copied_of(), (Ports{35002, 35001}));
  set_flags(0, abi::kCopyRtp | abi::kCopyRtcp);
  EXPECT_EQ(copied_of(), (Ports{35002, 35003}));
  set_flags(0, 0);
  EXPECT_EQ(copied_of(), (Ports{}));
}

TEST_F(CopyTest, AFullRingLosesWholeCopiesAndNoPacket) {
  constexpr std::uint64_t kFitting = (kRingSlots - 1) / 2;  // A copy of 172 bytes takes two slots.
  for (std::uint16_t i = 0; i < 20; ++i) EXPECT_EQ(relay(from_callee(i)), Verdict::kForward);
  EXPECT_EQ(copied(), kFitting);
  EXPECT_EQ(lost(), 20 - kFitting);
  EXPECT_EQ(copies(), kFitting);
  relay(from_callee(21));
  EXPECT_EQ(copies(), 1U) << "there is room again";
}

TEST_F(CopyTest, WithoutARecorderCopiesAreLostAndPacketsGoOn) {
  plane.copies().replace({});
  EXPECT_EQ(relay(from_callee()), Verdict::kForward);
  EXPECT_EQ(lost(), 1U);
  EXPECT_EQ(copies(), 0U);
  put_up_ring();
  EXPECT_EQ(relay(from_callee(2)), Verdict::kForward);
  EXPECT_EQ(copies(), 1U);
}

TEST_F(CopyTest, BehindAPromptThePeerIsHiddenAndNothingElse) {
  set_flags(abi::kCopyRtp | abi::kCopyRtcp, abi::kCopyRtp | abi::kPlaying);
  EXPECT_EQ(relay(from_callee()), Verdict::kPromptPlaying);
  EXPECT_EQ(copies(), 0U);
  EXPECT_EQ(relay(rtcp_of(from_callee())), Verdict::kForward);
  EXPECT_EQ(relay(from_caller()), Verdict::kForward);
  EXPECT_EQ(copies(), 2U);
  EXPECT_EQ(lost(), 0U);
  set_flags(abi::kCopyRtp, 0);
  EXPECT_EQ(relay(from_callee(2)), Verdict::kForward);
  EXPECT_EQ(copies(), 1U);
}

TEST_F(CopyTest, HiddenPacketsAreCountedButKeepNoSessionAlive) {
  relay(from_callee(1));
  const auto& callee = statistics(abi::Side::kCallee);
  const auto last_tick = callee.last_tick.load();
  EXPECT_EQ(last_tick, plane.now);
  set_flags(0, abi::kPlaying);
  plane.housekeep(50);
  EXPECT_EQ(relay(from_callee(2)), Verdict::kPromptPlaying);
  EXPECT_EQ(callee.last_tick, last_tick);
  EXPECT_EQ(callee.packets, 2U);
  EXPECT_EQ(callee.dropped, 1U);
  EXPECT_EQ(callee.rtp_packets, 2U) << "its sequence is followed meanwhile";
  set_flags(0, 0);
  EXPECT_EQ(relay(from_callee(3)), Verdict::kForward);
  EXPECT_EQ(callee.last_tick, plane.now);
  EXPECT_EQ(abi::packets_lost(callee), 0U);
}

TEST_F(CopyTest, AStrangerDoesNotTakeOverBehindAPrompt) {
  for (std::uint16_t i = 1; i <= 5; ++i) {
    relay(from_callee(i));
    plane.housekeep();
  }
  set_flags(0, abi::kPlaying);
  for (std::uint16_t i = 6; i < 60; ++i) {
    EXPECT_EQ(relay(from_callee(i)), Verdict::kPromptPlaying);
    auto stranger = from_callee(i);
    stranger.source_ip = "203.0.113.66";
    stranger.payload = rtp_payload(99, i);
    EXPECT_EQ(relay(stranger), Verdict::kSourceMismatch);
    plane.housekeep(2);
  }
  set_flags(0, 0);
  EXPECT_EQ(relay(from_callee(60)), Verdict::kForward);
}

}  // namespace
}  // namespace mediaplane::test
