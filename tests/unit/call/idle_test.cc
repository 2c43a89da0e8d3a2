// SPDX-License-Identifier: BSD-2-Clause
// When sessions end by themselves.
#include "controlplane/call/idle_monitor.h"
#include "tests/unit/call/executor_fixture.h"

namespace mediaplane {
namespace {

using abi::Side;
using std::chrono::seconds;

class IdleTest : public ExecutorFixture {
 protected:
  static Config config(bool each_direction) {
    auto config = sequential_config();
    config.media.idle_timeout = seconds(20);
    config.media.setup_timeout = seconds(5);
    config.media.each_direction_times_out = each_direction;
    return config;
  }

  explicit IdleTest(bool each_direction = false) : ExecutorFixture(config(each_direction)) {
    attach();
  }

  void set_up_call() {
    ask("U c 192.0.2.1 4000 f");
    ask("L c 192.0.2.2 5000 f t");
  }
  // A packet of this party arrives now.
  void packet_from(Side side, abi::Component component = abi::Component::kRtp) {
    auto& flow =
        link_.region()->flow_statistics(abi::flow_index(link_.sent[0].id.index, side, component));
    flow.packets = flow.packets + 1;
    flow.last_tick = link_.region()->header().tick.load();
  }
  bool lives() { return ask("Q c f t ttl") != "E50"; }
};

TEST_F(IdleTest, AnOfferWithoutAnswerHasATimeOfItsOwn) {
  ask("U c 192.0.2.1 4000 f");
  EXPECT_EQ(ask("Q c f t ttl"), "5");
  pass(seconds(4));
  EXPECT_TRUE(lives());
  pass(seconds(3));
  EXPECT_FALSE(lives());
}

TEST_F(IdleTest, AnAnsweredSessionHasTheLongerOne) {
  set_up_call();
  EXPECT_EQ(ask("Q c f t ttl"), "20");
  pass(seconds(19));
  EXPECT_TRUE(lives());
  pass(seconds(3));
  EXPECT_FALSE(lives());
}

TEST_F(IdleTest, EitherDirectionAndEitherComponentKeepsASession) {
  set_up_call();
  pass(seconds(15));
  packet_from(Side::kCaller, abi::Component::kRtcp);
  pass(seconds(15));
  EXPECT_TRUE(lives());
  packet_from(Side::kCallee);
  pass(seconds(15));
  EXPECT_TRUE(lives());
}

class EachDirectionTest : public IdleTest {
 protected:
  EachDirectionTest() : IdleTest(true) {}
};

TEST_F(EachDirectionTest, OneSilentDirectionEndsASession) {
  set_up_call();
  pass(seconds(15));
  packet_from(Side::kCaller);
  packet_from(Side::kCallee, abi::Component::kRtcp);
  pass(seconds(15));
  EXPECT_TRUE(lives());
  packet_from(Side::kCaller);
  EXPECT_EQ(ask("Q c f t ttl"), "5");
  pass(seconds(7));
  EXPECT_FALSE(lives());
}

TEST_F(EachDirectionTest, ACommandRefreshesBoth) {
  set_up_call();
  pass(seconds(15));
  ask("U c 192.0.2.1 4000 f");
  pass(seconds(15));
  EXPECT_TRUE(lives());
}

}  // namespace
}  // namespace mediaplane
