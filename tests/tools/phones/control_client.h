// SPDX-License-Identifier: BSD-2-Clause
// rtpproxy's control protocol as a SIP proxy speaks it on a Unix socket: a connection for each
// command, one write, one read. Any number of commands may be under way.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "dataplane/net/address.h"
#include "dataplane/net/result.h"
#include "tests/tools/phones/event_loop.h"
#include "tests/tools/phones/fd.h"

namespace mediaplane::phones {

class ControlClient {
 public:
  // The answer without its newline, or why there is none.
  using Answer = Result<std::string, std::string>;
  using OnAnswer = std::function<void(const Answer&)>;

  ControlClient(EventLoop& loop, std::string socket_path)
      : loop_(loop), socket_path_(std::move(socket_path)) {}

  void send(const std::string& command, OnAnswer on_answer);

 private:
  struct Pending {
    UniqueFd fd;
    std::string command;
    OnAnswer on_answer;
  };

  Result<UniqueFd, std::string> connected_socket() const;
  void read_answer(std::uint64_t number);
  void finish(std::uint64_t number, const Answer& answer);

  EventLoop& loop_;
  std::string socket_path_;
  std::unordered_map<std::uint64_t, Pending> pending_;
  std::uint64_t next_number_ = 0;
};

// "40000 198.18.0.1" -> endpoint; anything else is no port pair.
std::optional<Endpoint> parse_endpoint_answer(std::string_view answer);

}  // namespace mediaplane::phones
