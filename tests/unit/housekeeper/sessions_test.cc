// SPDX-License-Identifier: BSD-2-Clause
#include "dataplane/housekeeper/sessions.h"

#include <functional>
#include <string>

#include <gtest/gtest.h>

#include "tests/support/plane.h"

namespace mediaplane::test {
namespace {

using abi::Status;

class SessionsTest : public testing::Test {
 protected:
  abi::Session call(std::uint32_t index = 0, std::uint16_t first_port = 35000) {
    return plane.session(index, first_port, at("198.18.0.10", 4000),
                         static_cast<std::uint16_t>(first_port + 2), at("198.18.0.20", 5000));
  }
  Plane plane;
};

struct BadRow {
  const char* name;
  std::function<void(abi::Session&)> edit;
  Status status;
};

TEST_F(SessionsTest, ABadCommandIsRefusedAndChangesNothing) {
  const BadRow rows[] = {
      {"index beyond the capacity", [](auto& s) { s.id.index = Plane::kSessions; },
       Status::kMalformed},
      {"generation 0", [](auto& s) { s.id.generation = 0; }, Status::kMalformed},
      {"odd UDP port", [](auto& s) { s.sides[0].udp_port = 35001; }, Status::kMalformed},
      {"unknown local address", [](auto& s) { s.sides[1].local_address = 5; }, Status::kMalformed},
      {"unknown learning mode", [](auto& s) { s.sides[1].learning = abi::Learning{9}; },
       Status::kMalformed},
      {"unknown family", [](auto& s) { s.sides[1].signalled.ip.family = IpFamily{5}; },
       Status::kMalformed},
      {"both sides on one endpoint", [](auto& s) { s.sides[1].udp_port = s.sides[0].udp_port; },
       Status::kMalformed},
      {"identifiers that are not there", [](auto& s) { s.call_id_length = 5; }, Status::kMalformed},
      {"another session's index",
       [](auto& s) {
         s.id = {0, 2};
       },
       Status::kStale},
      {"another session's UDP port", [](auto& s) { s.sides[0].udp_port = 35002; },
       Status::kUdpPortInUse},
  };
  ASSERT_EQ(plane.set(call()), Status::kDone);
  for (const auto& row : rows) {
    SCOPED_TRACE(row.name);
    auto wish = call(1, 36000);
    row.edit(wish);
    EXPECT_EQ(plane.set(wish), row.status);
    EXPECT_EQ(plane.sessions().count(), 1U);
    EXPECT_EQ(plane.shared().table.size(), 4U);
  }
}

TEST_F(SessionsTest, TheSameCommandTwiceChangesNothing) {
  ASSERT_EQ(plane.set(call()), Status::kDone);
  const auto* entry = plane.shared().table.find({0, be16(35000), {}});
  ASSERT_EQ(plane.set(call()), Status::kDone);
  EXPECT_EQ(plane.shared().table.find({0, be16(35000), {}}), entry);
}

TEST_F(SessionsTest, ASideMayMoveToOtherPorts) {
  ASSERT_EQ(plane.set(call()), Status::kDone);
  auto wish = call();
  wish.sides[0].udp_port = 37000;
  wish.sides[0].local_address = 1;
  ASSERT_EQ(plane.set(wish), Status::kDone);
  EXPECT_EQ(plane.shared().table.find({0, be16(35000), {}}), nullptr);
  EXPECT_NE(plane.shared().table.find({1, be16(37000), {}}), nullptr);
  EXPECT_NE(plane.shared().table.find({1, be16(37001), {}}), nullptr);
}

TEST_F(SessionsTest, WhatFoundNoFreeEntryIsPublishedWhenThereIsOne) {
  const auto is_hidden = [this] {
    return (plane.shared().table.find({0, be16(35002), {}})->extras & kHidden) != 0;
  };
  auto wish = call();
  wish.sides[0].flags = abi::kPlaying;
  ASSERT_EQ(plane.set(wish), Status::kDone);
  std::vector<FlowEntry*> taken;
  while (auto* entry = plane.shared().table.draft()) taken.push_back(entry);
  plane.sessions().stop_prompts(plane.now);
  plane.housekeep();
  EXPECT_TRUE(is_hidden());
  for (auto* entry : taken) plane.shared().table.discard(entry);
  plane.housekeep();
  EXPECT_FALSE(is_hidden());
}

TEST_F(SessionsTest, AStaleIdRemovesNothing) {
  ASSERT_EQ(plane.set(call()), Status::kDone);
  EXPECT_EQ(plane.sessions().remove({0, 2}, plane.now), Status::kStale);
  EXPECT_EQ(plane.sessions().remove({0, 0}, plane.now), Status::kStale);
  EXPECT_EQ(plane.sessions().remove({Plane::kSessions, 1}, plane.now), Status::kMalformed);
  EXPECT_EQ(plane.sessions().remove({0, 1}, plane.now), Status::kDone);
  EXPECT_EQ(plane.sessions().remove({0, 1}, plane.now), Status::kStale);
  plane.shared().table.pass(0);
  plane.housekeep();
  EXPECT_EQ(plane.shared().table.size(), 0U);
}

TEST_F(SessionsTest, SessionsComeAndGoManyTimesTheCapacity) {
  for (std::uint32_t round = 1; round <= 300; ++round) {
    for (std::uint32_t i = 0; i < Plane::kSessions; ++i) {
      auto wish = call(i, static_cast<std::uint16_t>(30000 + 8 * i));
      wish.id.generation = round;
      ASSERT_EQ(plane.set(wish), Status::kDone);
    }
    plane.remove_all();
    plane.shared().table.pass(0);
    plane.housekeep();
  }
  EXPECT_EQ(plane.shared().table.size(), 0U);
  EXPECT_EQ(plane.sessions().count(), 0U);
}

TEST_F(SessionsTest, WhatWasLearnedBeforeARestartIsTakenAgain) {
  auto wish = call();
  wish.sides[1].learned_rtp = at("203.0.113.9", 1234);
  wish.sides[1].learned_rtcp = at("203.0.113.9", 1235);
  ASSERT_EQ(plane.set(wish), Status::kDone);
  plane.resolve("198.18.0.254", kPhoneMac);
  const auto outcome = plane.relay(udp_frame({}));
  const auto ip = load<Ipv4Header>(outcome.frame.data() + sizeof(EthernetHeader));
  EXPECT_EQ(ip.destination, ipv4("203.0.113.9"));
  const auto flow = abi::flow_index(0, abi::Side::kCaller, abi::Component::kRtcp);
  EXPECT_EQ(plane.shared().region.learned_endpoint(flow).read({}), at("203.0.113.9", 1235));
}

TEST_F(SessionsTest, EventsOfAFormerSessionTeachNobody) {
  ASSERT_EQ(plane.set(call()), Status::kDone);
  plane.relay(udp_frame({}));  // Its event waits in the ring.
  ASSERT_EQ(plane.sessions().remove({0, 1}, plane.now), Status::kDone);
  auto wish = call();
  wish.id.generation = 2;
  wish.sides[0].signalled = at("198.18.0.77", 4000);
  ASSERT_EQ(plane.set(wish), Status::kDone);
  plane.housekeep();
  EXPECT_TRUE(plane.learned.empty());
}

TEST_F(SessionsTest, RecordsHoldEveryIdentifierUpToTheLongest) {
  const auto& region = plane.shared().region;
  for (const std::size_t length : {0, 1, 79, 80, 81, 328, 329, 8192}) {
    SCOPED_TRACE(length);
    auto wish = call();
    wish.call_id_length = static_cast<std::uint16_t>(length);
    std::vector<std::byte> identifiers(length);
    for (std::size_t i = 0; i < length; ++i) identifiers[i] = static_cast<std::byte>(i * 31);
    ASSERT_EQ(plane.sessions().set(wish, identifiers, plane.now), Status::kDone);
    const auto& record = region.call_record(0);
    std::vector<std::byte> read(record.identifiers.begin(), record.identifiers.end());
    for (auto block = record.first_block; block != abi::kNoBlock;
         block = region.record_block(block).next) {
      const auto& bytes = region.record_block(block).bytes;
      read.insert(read.end(), bytes.begin(), bytes.end());
    }
    read.resize(length);
    EXPECT_EQ(read, identifiers);
    EXPECT_EQ(record.session.id, wish.id);
  }
}

TEST_F(SessionsTest, WithoutBlocksASessionIsRefusedAndTheOldOneStays) {
  const std::vector<std::byte> longest(8192);
  std::uint32_t taken = 0;
  for (; taken < Plane::kSessions; ++taken) {
    auto wish = call(taken, static_cast<std::uint16_t>(30000 + 8 * taken));
    wish.call_id_length = 8192;
    if (plane.sessions().set(wish, longest, plane.now) != Status::kDone) break;
  }
  EXPECT_LT(taken, Plane::kSessions) << "there is room for all of them";
  EXPECT_EQ(plane.sessions().count(), taken);
  plane.sessions().remove({0, 1}, plane.now);
  auto wish = call(15, 40000);
  wish.call_id_length = 8192;
  EXPECT_EQ(plane.sessions().set(wish, longest, plane.now), Status::kDone) << "it is free again";
}

}  // namespace
}  // namespace mediaplane::test
