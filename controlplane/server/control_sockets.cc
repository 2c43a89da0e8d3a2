// SPDX-License-Identifier: BSD-2-Clause
#include "controlplane/server/control_sockets.h"

#include <algorithm>
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
auto& serve(Into& into, EventLoop& loop, Listener listener, int descriptor,
            Arguments&&... arguments) {
  using Element = typename Into::value_type::element_type;
  into.push_back(std::unique_ptr<Element>(
      new Element{std::move(listener), {loop, descriptor, std::forward<Arguments>(arguments)...}}));
  return into.back()->server;
}

// The inherited socket, if there is one, or a new one.
Result<UnixListener, std::string> unix_listener(const ListenAddress& address,
                                                abi::FileDescriptor inherited, std::uint32_t mode) {
  if (inherited) return UnixListener::inherited(std::move(inherited));
  return UnixListener::open(address.path, mode);
}

Result<abi::FileDescriptor, std::string> udp_socket(const ListenAddress& address,
                                                    abi::FileDescriptor inherited) {
  if (inherited) return inherited;
  return bound_socket(address.endpoint, SOCK_DGRAM);
}

Result<abi::FileDescriptor, std::string> tcp_listener(const ListenAddress& address,
                                                      abi::FileDescriptor inherited) {
  if (inherited) return inherited;
  auto socket = bound_socket(address.endpoint, SOCK_STREAM);
  if (socket && listen(socket->get(), kListenBacklog) != 0) {
    return failure(to_string(address) + ": " + std::system_category().message(errno));
  }
  return socket;
}

}  // namespace

Result<std::unique_ptr<ControlSockets>, std::string> ControlSockets::open(
    EventLoop& loop, const ControlConfig& config, InheritedSockets inherited,
    const CommandHandler& handler) {
  auto sockets = std::make_unique<ControlSockets>();
  for (const auto& listen : config.listen) {
    const auto address = parse_listen_address(listen);
    if (!address) return failure(address.error().what);
    auto socket = inherited.take(*address);
    const auto* origin = socket ? " (inherited)" : "";
    const auto opened = sockets->open_one(*address, std::move(socket), loop, config, handler);
    if (!opened) return failure("control socket " + opened.error());
    spdlog::info("commands are taken at {}{}", to_string(*address), origin);
  }
  for (const auto& name : inherited.names()) {
    return failure("inherited socket " + name + ": control.listen has no such entry");
  }
  return sockets;
}

Result<void, std::string> ControlSockets::open_one(const ListenAddress& address,
                                                   abi::FileDescriptor inherited, EventLoop& loop,
                                                   const ControlConfig& config,
                                                   const CommandHandler& handler) {
  const AllowList allowed(config.allow);
  const bool is_inherited{inherited};
  const auto elsewhere = [this](Time now) { return make_room(now); };
  const auto leave_later = [&](auto& server) {
    if (is_inherited) leave_.emplace_back([&server] { server.stop_accepting(); });
  };
  if (address.transport == Transport::kUdp) {
    auto socket = udp_socket(address, std::move(inherited));
    if (!socket) return failure(socket.error());
    udps_.push_back(std::make_unique<UdpServer>(loop, std::move(*socket), allowed, handler));
    if (is_inherited) leave_.emplace_back([udp = udps_.back().get()] { udp->stop_receiving(); });
    return {};
  }
  if (address.transport == Transport::kTcp) {
    auto socket = tcp_listener(address, std::move(inherited));
    if (!socket) return failure(socket.error());
    const int descriptor = socket->get();
    leave_later(serve(
        tcps_, loop, std::move(*socket), descriptor,
        [allowed](int connection) { return admit_permitted(allowed, connection); }, handler,
        elsewhere));
    return {};
  }
  auto listener = unix_listener(address, std::move(inherited), config.mode);
  if (!listener) return failure(listener.error());
  const int descriptor = listener->descriptor();
  if (address.transport == Transport::kUnixOneShot) {
    leave_later(serve(one_shots_, loop, std::move(*listener), descriptor, handler, elsewhere));
  } else {
    leave_later(serve(unix_streams_, loop, std::move(*listener), descriptor, admit_everybody,
                      handler, elsewhere));
  }
  return {};
}

void ControlSockets::leave() {
  for (const auto& leave : leave_) leave();
}

bool ControlSockets::is_settled() const {
  const auto settled = [](const auto& servers) {
    return std::ranges::all_of(servers, [](const auto& each) { return each->server.is_settled(); });
  };
  return settled(one_shots_) && settled(unix_streams_) && settled(tcps_);
}

bool ControlSockets::make_room(Time now) {
  const auto at_one_of = [now](auto& servers) {
    return std::ranges::any_of(servers, [now](auto& each) { return each->server.make_room(now); });
  };
  return at_one_of(one_shots_) || at_one_of(unix_streams_) || at_one_of(tcps_);
}

void ControlSockets::tick(Time now) {
  for (const auto& one_shot : one_shots_) one_shot->server.tick(now);
  for (const auto& stream : unix_streams_) stream->server.tick(now);
  for (const auto& tcp : tcps_) tcp->server.tick(now);
}

}  // namespace mediaplane
