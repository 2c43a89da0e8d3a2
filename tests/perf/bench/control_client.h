// SPDX-License-Identifier: BSD-2-Clause
// Commands to a control socket, any number under way: over one connection, or each over its own.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "dataplane/abi/shared_memory.h"

namespace mediaplane::bench {

class ControlClient {
 public:
  using Token = std::uint32_t;  // The caller's name for a command.
  // The answer without its newline.
  using OnAnswer = std::function<void(Token token, std::string_view answer)>;

  virtual ~ControlClient() = default;

  // False: the connection is gone.
  virtual bool send(Token token, std::string_view command) = 0;
  // Waits for at most `nanoseconds`, writes what could not be written and hands over the answers
  // that have come. False: the connection is gone.
  virtual bool turn(std::int64_t nanoseconds, const OnAnswer& on_answer) = 0;
};

// `cunix:`: lines over one connection, answered in their order.
class PipelinedClient final : public ControlClient {
 public:
  explicit PipelinedClient(const std::string& path);
  bool is_connected() const { return static_cast<bool>(socket_); }

  bool send(Token token, std::string_view command) override;
  bool turn(std::int64_t nanoseconds, const OnAnswer& on_answer) override;

 private:
  bool write_some();

  abi::FileDescriptor socket_;
  std::deque<Token> unanswered_;
  std::string output_;
  std::string input_;
};

// `unix:`: a connection for each command.
class OneShotClient final : public ControlClient {
 public:
  explicit OneShotClient(std::string path);

  bool send(Token token, std::string_view command) override;
  bool turn(std::int64_t nanoseconds, const OnAnswer& on_answer) override;

 private:
  struct Pending {
    abi::FileDescriptor socket;
    Token token;
  };

  std::string path_;
  abi::FileDescriptor epoll_;
  std::unordered_map<int, Pending> pending_;
};

}  // namespace mediaplane::bench
