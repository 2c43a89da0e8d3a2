// SPDX-License-Identifier: BSD-2-Clause
// The life of a session as it stands in the log.
#include <memory>
#include <sstream>

#include <gmock/gmock.h>
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

#include "tests/unit/call/executor_fixture.h"

namespace mediaplane {
namespace {

using abi::Component;
using abi::Side;
using std::chrono::seconds;
using testing::HasSubstr;

class LogTest : public ExecutorFixture {
 protected:
  LogTest() {
    auto logger = std::make_shared<spdlog::logger>(
        "test", std::make_shared<spdlog::sinks::ostream_sink_st>(log_));
    logger->set_pattern("%v");
    spdlog::set_default_logger(std::move(logger));
    attach();
    log();
  }
  ~LogTest() override { spdlog::set_default_logger(before_); }

  // What has been logged since the last call.
  std::string log() {
    auto text = log_.str();
    log_.str({});
    return text;
  }

  void count(Side side, Component component, std::uint64_t packets, std::uint32_t dropped) {
    auto& flow = link_.region()->flow_statistics(abi::flow_index(id().index, side, component));
    flow.packets = packets;
    flow.dropped = dropped;
  }

  void set_up_call() {
    ask("U c 192.0.2.1 4000 f");
    ask("L c 192.0.2.2 5000 f t");
    log();
  }

  abi::SessionId id() const { return link_.sent[0].id; }

  std::ostringstream log_;
  std::shared_ptr<spdlog::logger> before_ = spdlog::default_logger();
};

TEST_F(LogTest, TellsTheCreationOnce) {
  ask("U c\x01 192.0.2.1 4000 f\x7f");
  EXPECT_EQ(log(), "session created: call-id c\\x01 from-tag f\\x7f at 192.0.2.9:35000\n");
  ask("U c\x01 192.0.2.1 4000 f\x7f");
  ask("L c\x01 192.0.2.2 5000 f\x7f t");
  EXPECT_EQ(log(), "");
}

TEST_F(LogTest, TellsPacketsByDirectionAtDeletion) {
  set_up_call();
  count(Side::kCaller, Component::kRtp, 100, 1);
  count(Side::kCaller, Component::kRtcp, 10, 2);
  count(Side::kCallee, Component::kRtp, 200, 0);
  ask("D c f t");
  EXPECT_EQ(log(),
            "session deleted: call-id c from-tag f, packets from the caller: 110 received, 107 "
            "relayed; from the callee: 200 received, 200 relayed\n");
}

TEST_F(LogTest, TellsPacketsByDirectionAtATimeOut) {
  set_up_call();
  count(Side::kCallee, Component::kRtp, 7, 7);
  pass(seconds(70));
  EXPECT_THAT(log(), HasSubstr("session timed out: call-id c from-tag f, packets from the caller: "
                               "0 received, 0 relayed; from the callee: 7 received, 0 relayed\n"));
}

TEST_F(LogTest, CountsOnWhenTheDataplaneIsAnotherOne) {
  set_up_call();
  count(Side::kCaller, Component::kRtp, 100, 0);
  executor_.on_lost(now_);
  count(Side::kCaller, Component::kRtp, 20, 0);  // The next one counts anew.
  ++link_.region()->header().layout.instance;
  executor_.on_attached(now_);
  confirm_all();
  ask("D c f t");
  EXPECT_THAT(log(), HasSubstr("from the caller: 120 received, 120 relayed;"));
}

TEST_F(LogTest, CountsOnceWhatADataplaneHasCountedThatComesBack) {
  set_up_call();
  count(Side::kCaller, Component::kRtp, 100, 0);
  executor_.on_lost(now_);
  executor_.on_attached(now_);
  confirm_all();
  ask("D c f t");
  EXPECT_THAT(log(), HasSubstr("from the caller: 100 received, 100 relayed;"));
}

TEST_F(LogTest, TellsLearnedAndForgottenAddresses) {
  ask("U c\\ 192.0.2.1 4000 f");
  log();
  executor_.on_learned(
      {id(), Side::kCaller, Component::kRtp, 0, {*parse_ip("198.51.100.7"), 4321}});
  EXPECT_EQ(log(),
            "address learned: call-id c\\x5c from-tag f, RTP of the caller at 198.51.100.7:4321\n");
  executor_.on_learned({id(), Side::kCallee, Component::kRtcp, 0, {}});
  EXPECT_EQ(log(), "address forgotten: call-id c\\x5c from-tag f, RTCP of the callee\n");
}

TEST_F(LogTest, SaysNothingOfAnAddressWhoseSessionHasEnded) {
  set_up_call();
  const auto ended = id();
  ask("D c f t");
  log();
  executor_.on_learned({ended, Side::kCaller, Component::kRtp, 0, {*parse_ip("192.0.2.1"), 4000}});
  EXPECT_EQ(log(), "");
}

}  // namespace
}  // namespace mediaplane
