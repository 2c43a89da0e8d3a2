// SPDX-License-Identifier: BSD-2-Clause
// One command per connection, as SIP proxies talk over `unix:` sockets: whatever the first read
// returns is the command, since clients end it with nothing and wait; the answer leaves in one
// write, and the connection is closed. Who sends nothing is closed without an answer.
#pragma once

#include <list>
#include <unordered_map>

#include "controlplane/server/acceptor.h"
#include "controlplane/server/event_loop.h"

namespace mediaplane {

// Who has connected and says nothing must not keep its descriptor.
inline constexpr std::chrono::seconds kSilenceAllowed{5};

class OneShotServer {
 public:
  // The listening socket outlives the server.
  OneShotServer(EventLoop& loop, int listening, CommandHandler handler, MakeRoom elsewhere = {});
  ~OneShotServer();

  void tick(Time now);
  // Closes an idle connection; false if there is none.
  bool make_room(Time now);

  void stop_accepting() { acceptor_.stop(); }
  // Whoever has connected has got an answer.
  bool is_settled() const { return connections_.empty(); }

 private:
  using Id = std::uint64_t;

  struct Connection {
    abi::FileDescriptor socket;
    EventLoop::Watch watch = 0;
    std::list<Id>::iterator silent{};  // While it has sent nothing.
    Time accepted;
  };

  void accepted(abi::FileDescriptor socket, Time now);
  void read_command(Id id, Time now);
  void answer(Id id, const std::string& reply);
  void close_oldest_silent();
  // How long the longest silence is.
  Time::duration silent_for(Time now) const;
  void end_silence(Connection& connection);

  EventLoop& loop_;
  CommandHandler handler_;
  std::unordered_map<Id, Connection> connections_;
  std::list<Id> silent_;  // The oldest first.
  Id last_id_ = 0;
  Acceptor acceptor_;
};

}  // namespace mediaplane
