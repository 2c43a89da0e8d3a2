// SPDX-License-Identifier: BSD-2-Clause
#include "controlplane/server/control_sockets.h"

#include <utility>

namespace mediaplane {

Result<std::unique_ptr<ControlSockets>, std::string> ControlSockets::open(
    EventLoop& loop, const ControlConfig& config, const CommandHandler& handler) {
  auto sockets = std::make_unique<ControlSockets>();
  for (const auto& listen : config.listen) {
    const auto path = listen.starts_with("unix:") ? listen.substr(5) : listen;
    auto listener = UnixListener::open(path, config.mode);
    if (!listener) return failure(listener.error());
    const int descriptor = listener->descriptor();
    sockets->one_shots_.push_back(
        std::unique_ptr<OneShot>(new OneShot{std::move(*listener), {loop, descriptor, handler}}));
  }
  return sockets;
}

void ControlSockets::tick(Time now) {
  for (const auto& one_shot : one_shots_) one_shot->server.tick(now);
}

}  // namespace mediaplane
