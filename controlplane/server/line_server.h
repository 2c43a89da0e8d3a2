// SPDX-License-Identifier: BSD-2-Clause
// Commands as lines over connections that stay, on a Unix or TCP socket. Clients keep them for as
// long as they run, so idle ones are closed only when descriptors run out.
#pragma once

#include <functional>
#include <unordered_map>

#include "controlplane/server/acceptor.h"
#include "controlplane/server/event_loop.h"
#include "controlplane/server/line_connection.h"

namespace mediaplane {

class LineServer {
 public:
  // Whether a fresh connection may stay.
  using Admit = std::function<bool(int socket)>;

  // The listening socket outlives the server.
  LineServer(EventLoop& loop, int listening, Admit admit, CommandHandler handler,
             MakeRoom elsewhere = {});
  ~LineServer();

  void tick(Time now);
  // Closes an idle connection; false if there is none.
  bool make_room(Time now);

  void stop_accepting() { acceptor_.stop(); }
  // Whatever was asked has been answered.
  bool is_settled() const;

 private:
  using Id = std::uint64_t;

  struct Client {
    abi::FileDescriptor socket;
    EventLoop::Watch watch = 0;
    std::uint32_t events = 0;
    LineConnection lines;
    bool has_ended = false;   // Nothing more will come; what is in flight is still answered.
    bool is_running = false;  // Its commands are being run; it is settled after that.
    Time last_read;
  };

  void accepted(abi::FileDescriptor socket, Time now);
  void handle(Id id, std::uint32_t events, Time now);
  bool read_some(Client& client, Time now);
  void run_commands(Id id);
  void reply(Id id, LineConnection::Place place, const std::string& text);
  bool write_some(Client& client);
  void settle(Id id);
  void close(Id id);

  EventLoop& loop_;
  Admit admit_;
  CommandHandler handler_;
  std::unordered_map<Id, Client> clients_;
  Id last_id_ = 0;
  Time now_{};  // Of the last event, for commands that had to wait for a reply.
  Acceptor acceptor_;
};

}  // namespace mediaplane
