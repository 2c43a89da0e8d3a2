// SPDX-License-Identifier: BSD-2-Clause
// Commands I and Q.
#include "controlplane/call/reports.h"

#include "tests/unit/call/executor_fixture.h"

namespace mediaplane {
namespace {

using abi::Side;
using std::chrono::seconds;

class ReportsTest : public ExecutorFixture {
 protected:
  abi::FlowStatistics& flow(Side side, abi::Component component = abi::Component::kRtp) {
    return link_.region()->flow_statistics(
        abi::flow_index(link_.sent[0].id.index, side, component));
  }

  void set_up_call() {
    attach();
    ask("U c 192.0.2.1 4000 f");
    ask("L c 192.0.2.2 5000 f t");
  }
};

TEST_F(ReportsTest, QueryCountsFromTheSideOfTheFirstTag) {
  set_up_call();
  flow(Side::kCaller).packets = 7;
  flow(Side::kCaller).dropped = 1;
  flow(Side::kCallee).packets = 5;
  flow(Side::kCallee, abi::Component::kRtcp).packets = 100;
  EXPECT_EQ(ask("Q c f t"), "60 7 5 11 1");
  EXPECT_EQ(ask("Q c t f"), "60 5 7 11 1");
  EXPECT_EQ(ask("QV c f"), "ttl=60 npkts_ina=7 npkts_ino=5 nrelayed=11 ndropped=1");
}

TEST_F(ReportsTest, QueryTellsTheTimeLeftAndDoesNotRefresh) {
  set_up_call();
  pass(seconds(10));
  EXPECT_EQ(ask("Q c f t ttl"), "50");
  pass(seconds(10));
  EXPECT_EQ(ask("Q c f t ttl"), "40");
  executor_.on_lost(now_);
  EXPECT_EQ(ask("Q c f t ttl"), "40");
}

TEST_F(ReportsTest, QueryTellsLossAndDuplicates) {
  set_up_call();
  auto& statistics = flow(Side::kCaller);
  statistics.packets = 20;
  statistics.duplicates = 2;
  statistics.base_sequence = 65530;
  statistics.highest_sequence = 65536 + 5;  // 12 expected
  statistics.rtp_packets = 9;
  statistics.lost_before = 4;
  EXPECT_EQ(ask("Q c f t rtpa_nrcvd rtpa_ndups rtpa_nlost rtpa_nsent"), "18 2 7 25");
}

TEST_F(ReportsTest, ReorderedSurplusIsNoLoss) {
  set_up_call();
  auto& statistics = flow(Side::kCaller);
  statistics.base_sequence = statistics.highest_sequence = 100;
  statistics.rtp_packets = 3;
  EXPECT_EQ(ask("Q c f t rtpa_nlost"), "0");
}

TEST_F(ReportsTest, UnknownCounterIsFoundAfterTheSession) {
  set_up_call();
  EXPECT_EQ(ask("Q c f t ttl nonsense"), "E62");
  EXPECT_EQ(ask("Q c2 f t nonsense"), "E50");
}

TEST_F(ReportsTest, InformationKeepsWhatEndedSessionsHadCounted) {
  set_up_call();
  flow(Side::kCaller).packets = 7;
  flow(Side::kCaller).dropped = 1;
  flow(Side::kCallee, abi::Component::kRtcp).packets = 1;
  flow(Side::kCallee, abi::Component::kRtcp).dropped = 1;
  const std::string expected =
      "sessions created: 1\nactive sessions: 1\nactive streams: 2\n"
      "packets received: 8\npackets transmitted: 6";
  EXPECT_EQ(ask("Ib"), expected);
  ask("D c f");
  EXPECT_EQ(ask("I"),
            "sessions created: 1\nactive sessions: 0\nactive streams: 0\n"
            "packets received: 8\npackets transmitted: 6");
}

TEST_F(ReportsTest, InformationKeepsWhatALostDataplaneHadCounted) {
  set_up_call();
  flow(Side::kCaller).packets = 7;
  executor_.on_lost(now_);
  flow(Side::kCaller).packets = 0;  // The next one counts anew.
  executor_.on_attached(now_);
  confirm_all();
  EXPECT_NE(ask("I").find("packets received: 7\n"), std::string::npos);
}

}  // namespace
}  // namespace mediaplane
