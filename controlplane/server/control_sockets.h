// SPDX-License-Identifier: BSD-2-Clause
// All control sockets of a configuration.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "config/config.h"
#include "controlplane/server/one_shot_server.h"
#include "controlplane/server/unix_socket.h"

namespace mediaplane {

class ControlSockets {
 public:
  // Opens what `config.listen` names; the error is a text.
  static Result<std::unique_ptr<ControlSockets>, std::string> open(EventLoop& loop,
                                                                   const ControlConfig& config,
                                                                   const CommandHandler& handler);

  void tick(Time now);

 private:
  struct OneShot {
    UnixListener listener;
    OneShotServer server;
  };

  std::vector<std::unique_ptr<OneShot>> one_shots_;
};

}  // namespace mediaplane
