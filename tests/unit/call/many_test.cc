// SPDX-License-Identifier: BSD-2-Clause
// A great many sessions, of which a great many end at once; several addresses.
#include <algorithm>
#include <set>

#include "controlplane/call/delivery.h"
#include "tests/unit/call/executor_fixture.h"

namespace mediaplane {
namespace {

using abi::MessageType;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::uint32_t kMany = kCrowd + 500;

class ManyTest : public ExecutorFixture {
 protected:
  static Config config() {
    auto config = sequential_config();
    config.dataplane.max_sessions = kMany;
    config.media.last_udp_port = 65000;
    config.media.idle_timeout = config.media.setup_timeout = seconds(20);
    return config;
  }

  ManyTest() : ExecutorFixture(config()) {
    attach();
    for (std::uint32_t i = 0; i < kMany - 1; ++i) {
      send("U c" + std::to_string(i) + " 192.0.2.1 4000 f");
    }
    confirm_all();
    link_.sent.clear();
    confirmed_ = 0;
    answers_.clear();
  }

  std::size_t removals() const {
    return static_cast<std::size_t>(
        std::ranges::count(link_.sent, MessageType::kRemoveSession, &RecordingLink::Sent::type));
  }
};

TEST_F(ManyTest, RemovalsLeaveRoomForOffersAndAreAnsweredWhenAllAreConfirmed) {
  send("X");
  EXPECT_EQ(removals(), kCrowd);
  send("U new 192.0.2.1 4000 f");
  EXPECT_EQ(link_.sent.back().type, MessageType::kSetSession);
  EXPECT_TRUE(answers_.empty());
  confirm_all();
  EXPECT_EQ(removals(), kMany - 1);
  ASSERT_EQ(answers_.size(), 2U);
  EXPECT_TRUE(answers_[0].ends_with(" 192.0.2.9"));
  EXPECT_EQ(answers_[1], "0");
}

TEST_F(ManyTest, RemovalsWhoseTurnHasNotComeAreAnsweredWhenTheDataplaneStops) {
  send("X");
  is_dataplane_alive_ = false;
  pass(milliseconds(520));
  EXPECT_EQ(answers_, std::vector<std::string>{"0"});
  link_.sent.clear();
  confirmed_ = 0;
  is_dataplane_alive_ = true;
  pass(milliseconds(20));
  EXPECT_EQ(removals(), kMany - 1);  // All again, as nobody knows which of them came.
  confirm_all();
  EXPECT_TRUE(ask("U new 192.0.2.1 4000 f").ends_with(" 192.0.2.9"));
}

TEST_F(ManyTest, RemovalsWhoseTurnHasNotComeOutliveTheDataplane) {
  send("X");
  executor_.on_lost(now_);
  EXPECT_EQ(answers_, std::vector<std::string>{"0"});
  attach();
  EXPECT_TRUE(ask("U new 192.0.2.1 4000 f").ends_with(" 192.0.2.9"));
}

TEST_F(ManyTest, AllExpireWithinASecondOfTheirTimeAndNotAllInOneTick) {
  pass(milliseconds(19900));
  EXPECT_EQ(removals(), 0U);
  std::size_t most = 0;
  for (int i = 0; i < 60; ++i) {
    const auto before = removals();
    pass(milliseconds(20));
    confirm_all();
    most = std::max(most, removals() - before);
  }
  EXPECT_EQ(removals(), kMany - 1);
  EXPECT_LE(most, kMany / 50 + 1);
}

class SeveralAddressesTest : public ExecutorFixture {
 protected:
  static Config config() {
    auto config = sequential_config();
    auto& port = config.ports[0];
    port.addresses = {*parse_prefix("192.0.2.9/24"), *parse_prefix("2001:db8::9/64"),
                      *parse_prefix("192.0.2.10/24")};
    port.advertised = {port.addresses[0].ip, port.addresses[1].ip, port.addresses[2].ip};
    config.media.last_udp_port = 35003;  // Two pairs on each.
    return config;
  }

  SeveralAddressesTest() : ExecutorFixture(config()) { attach(); }
};

TEST_F(SeveralAddressesTest, TheNextOfTheFamilyServesWhenNoUdpPortsAreLeft) {
  EXPECT_EQ(ask("U a 192.0.2.1 4000 f"), "35000 192.0.2.9");
  EXPECT_EQ(ask("U b 192.0.2.1 4000 f"), "35002 192.0.2.9");
  EXPECT_EQ(ask("L a 192.0.2.1 4000 f t"), "35000 192.0.2.10");
  EXPECT_EQ(ask("L b 192.0.2.1 4000 f t"), "35002 192.0.2.10");
  EXPECT_EQ(ask("U a 192.0.2.1 4000 f"), "35000 192.0.2.9");
  EXPECT_EQ(ask("L a 192.0.2.1 4000 f t"), "35000 192.0.2.10");
  EXPECT_EQ(ask("U c 192.0.2.1 4000 f"), "E72");
  EXPECT_EQ(ask("U6 d 2001:db8::1 4000 f"), "35000 2001:db8::9 6");
}

TEST_F(SeveralAddressesTest, ARestedPairOfTheNextIsBetterThanARestingOne) {
  ask("U a 192.0.2.1 4000 f");
  ask("U b 192.0.2.1 4000 f");
  ask("D a f");
  EXPECT_EQ(ask("U c 192.0.2.1 4000 f"), "35000 192.0.2.10");
  EXPECT_EQ(ask("U d 192.0.2.1 4000 f"), "35002 192.0.2.10");
  EXPECT_EQ(ask("U e 192.0.2.1 4000 f"), "35000 192.0.2.9");
}

}  // namespace
}  // namespace mediaplane
