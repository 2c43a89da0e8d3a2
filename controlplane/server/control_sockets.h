// SPDX-License-Identifier: BSD-2-Clause
// All control sockets of a configuration.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "config/config.h"
#include "config/listen_address.h"
#include "controlplane/server/inherited_sockets.h"
#include "controlplane/server/line_server.h"
#include "controlplane/server/one_shot_server.h"
#include "controlplane/server/udp_server.h"
#include "controlplane/server/unix_socket.h"

namespace mediaplane {

class ControlSockets {
 public:
  // Opens what `config.listen` names, or takes it from `inherited`, of which nothing must be left
  // over; the error is a text.
  static Result<std::unique_ptr<ControlSockets>, std::string> open(EventLoop& loop,
                                                                   const ControlConfig& config,
                                                                   InheritedSockets inherited,
                                                                   const CommandHandler& handler);

  void tick(Time now);

  // Nothing new is taken from inherited sockets from now on: it waits in them for the next run.
  void leave();
  // All that was taken has been answered, as far as the connections know.
  bool is_settled() const;

 private:
  template <typename Listener, typename Server>
  struct Listening {
    Listener listener;
    Server server;
  };
  Result<void, std::string> open_one(const ListenAddress& address, abi::FileDescriptor inherited,
                                     EventLoop& loop, const ControlConfig& config,
                                     const CommandHandler& handler);

  // At any of them: who floods one shall not shut the others.
  bool make_room(Time now);

  std::vector<std::unique_ptr<Listening<UnixListener, OneShotServer>>> one_shots_;
  std::vector<std::unique_ptr<Listening<UnixListener, LineServer>>> unix_streams_;
  std::vector<std::unique_ptr<Listening<abi::FileDescriptor, LineServer>>> tcps_;
  std::vector<std::unique_ptr<UdpServer>> udps_;
  std::vector<std::function<void()>> leave_;  // One for each inherited socket.
};

}  // namespace mediaplane
