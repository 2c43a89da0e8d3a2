// SPDX-License-Identifier: BSD-2-Clause
// An executor over a recording link, with a clock in the test's hand.
#pragma once

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "controlplane/call/executor.h"
#include "tests/unit/call/media_doubles.h"
#include "tests/unit/call/recording_link.h"

namespace mediaplane {

class ExecutorFixture : public testing::Test {
 protected:
  static Config sequential_config() {
    Config config;
    auto& port = config.ports.emplace_back();
    port.addresses = {*parse_prefix("192.0.2.9/24")};
    port.advertised = {port.addresses[0].ip};
    config.dataplane.max_sessions = 8;
    config.media.udp_port_order = UdpPortOrder::kSequential;
    config.media.first_udp_port = 35000;
    config.media.last_udp_port = 35019;
    return config;
  }

  explicit ExecutorFixture(const Config& config = sequential_config())
      : link_(config.dataplane.max_sessions), executor_(config, link_, {&player_, &recorder_}) {}

  void attach() {
    executor_.on_attached(now_);
    confirm_all();
    link_.sent.clear();
    confirmed_ = 0;
  }

  // Sends a command; its answer appears in answers_ when it comes.
  void send(const std::string& command) {
    executor_.execute(command, now_, [this](const std::string& reply) {
      answers_.push_back(reply.substr(0, reply.size() - 1));
    });
  }

  // Sends a command, confirms whatever it comes to, and returns its answer.
  std::string ask(const std::string& command) {
    const auto before = answers_.size();
    send(command);
    confirm_all();
    return answers_.size() == before + 1 ? answers_.back() : "no answer";
  }

  void confirm_all(abi::Status status = abi::Status::kDone) {
    while (confirmed_ < link_.sent.size()) {
      executor_.on_reply(link_.sent[confirmed_++].request, status, now_);
    }
  }

  // Lets the clocks of both processes go on, in steps.
  void pass(std::chrono::milliseconds time) {
    for (; time.count() > 0; time -= std::chrono::milliseconds(20)) {
      now_ += std::chrono::milliseconds(20);
      if (is_dataplane_alive_) {
        auto& header = link_.region()->header();
        header.tick.store(header.tick.load() + 2);
        header.heartbeat.store(header.heartbeat.load() + 1);
      }
      executor_.tick(now_);
    }
  }

  const abi::SideState& last_sent(abi::Side side) const {
    return link_.sent.back().session.sides[abi::index_of(side)];
  }

  NotingPlayer player_;
  NotingRecorder recorder_;
  RecordingLink link_;
  Executor executor_;
  Time now_{std::chrono::hours(1)};
  bool is_dataplane_alive_ = true;
  std::vector<std::string> answers_;
  std::size_t confirmed_ = 0;
};

}  // namespace mediaplane
