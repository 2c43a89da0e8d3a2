// SPDX-License-Identifier: BSD-2-Clause
#include "controlplane/server/control_sockets.h"

#include <cerrno>
#include <system_error>
#include <utility>

#include <spdlog/spdlog.h>
#include <sys/socket.h>

#include "controlplane/server/socket_address.h"

namespace mediaplane {
namespace {

// The mode of a Unix socket's file has already said who may connect.
bool admit_everybody(int) { return true; }

bool admit_permitted(const AllowList& allowed, int socket) {
  SocketAddress peer;
  return getpeername(socket, peer.get(), &peer.length) == 0 &&
         allowed.permits(endpoint_of(peer.storage).ip);
}

// A server behind a listener that stays where it is.
template <typename Into, typename Listener, typename... Arguments>
void serve(Into& into, EventLoop& loop, Listener listener, int descriptor,
           Arguments&&... arguments) {
  using Element = typename Into::value_type::element_type;
  into.push_back(std::unique_ptr<Element>(
      new Element{std::move(listener), {loop, descriptor, std::forward<Arguments>(arguments)...}}));
}

}  // namespace

Result<std::unique_ptr<ControlSockets>, std::string> ControlSockets::open(
    EventLoop& loop, const ControlConfig& config, const CommandHandler& handler) {
  auto sockets = std::make_unique<ControlSockets>();
  for (const auto& listen : config.listen) {
    const auto address = parse_listen_address(listen);
    if (!address) return failure(address.error().what);
    const auto opened = sockets->open_one(*address, loop, config, handler);
    if (!opened) return failure("control socket " + opened.error());
    spdlog::info("commands are taken at {}", to_string(*address));
  }
  return sockets;
}

Result<void, std::string> ControlSockets::open_one(const ListenAddress& address, EventLoop& loop,
                                                   const ControlConfig& config,
                                                   const CommandHandler& handler) {
  if (address.transport == Transport::kTcp) return open_tcp(address, loop, config, handler);
  if (address.transport == Transport::kUdp) {
    auto socket = bound_socket(address.endpoint, SOCK_DGRAM);
    if (!socket) return failure(socket.error());
    udps_.push_back(
        std::make_unique<UdpServer>(loop, std::move(*socket), AllowList(config.allow), handler));
    return {};
  }
  auto listener = UnixListener::open(address.path, config.mode);
  if (!listener) return failure(listener.error());
  const int descriptor = listener->descriptor();
  if (address.transport == Transport::kUnixOneShot) {
    serve(one_shots_, loop, std::move(*listener), descriptor, handler);
  } else {
    serve(unix_streams_, loop, std::move(*listener), descriptor, admit_everybody, handler);
  }
  return {};
}

Result<void, std::string> ControlSockets::open_tcp(const ListenAddress& address, EventLoop& loop,
                                                   const ControlConfig& config,
                                                   const CommandHandler& handler) {
  auto socket = bound_socket(address.endpoint, SOCK_STREAM);
  if (!socket) return failure(socket.error());
  const int descriptor = socket->get();
  if (listen(descriptor, kListenBacklog) != 0) {
    return failure(to_string(address) + ": " + std::system_category().message(errno));
  }
  const AllowList allowed(config.allow);
  serve(
      tcps_, loop, std::move(*socket), descriptor,
      [allowed](int connection) { return admit_permitted(allowed, connection); }, handler);
  return {};
}

void ControlSockets::tick(Time now) {
  for (const auto& one_shot : one_shots_) one_shot->server.tick(now);
  for (const auto& stream : unix_streams_) stream->server.tick(now);
  for (const auto& tcp : tcps_) tcp->server.tick(now);
}

}  // namespace mediaplane
