// SPDX-License-Identifier: BSD-2-Clause
#include "controlplane/server/one_shot_server.h"

#include <array>
#include <cerrno>
#include <utility>

#include <sys/epoll.h>
#include <sys/socket.h>

namespace mediaplane {

OneShotServer::OneShotServer(EventLoop& loop, int listening, CommandHandler handler,
                             MakeRoom elsewhere)
    : loop_(loop),
      handler_(std::move(handler)),
      acceptor_(
          loop, listening,
          [this](abi::FileDescriptor socket, Time now) { accepted(std::move(socket), now); },
          [this, elsewhere = std::move(elsewhere)](Time now) {
            return make_room(now) || (elsewhere && elsewhere(now));
          }) {}

OneShotServer::~OneShotServer() {
  for (const auto id : silent_) loop_.forget(connections_.at(id).watch);
}

void OneShotServer::accepted(abi::FileDescriptor socket, Time now) {
  const auto id = ++last_id_;
  const auto watch = loop_.watch(socket.get(), EPOLLIN,
                                 [this, id](std::uint32_t, Time then) { read_command(id, then); });
  silent_.push_back(id);
  connections_[id] = {std::move(socket), watch, std::prev(silent_.end()), now};
}

void OneShotServer::read_command(Id id, Time now) {
  auto& connection = connections_.at(id);
  std::array<char, kMaxCommandBytes> bytes;
  const auto length = recv(connection.socket.get(), bytes.data(), bytes.size(), 0);
  if (length < 0 && (errno == EAGAIN || errno == EINTR)) return;
  end_silence(connection);
  if (length <= 0) {
    connections_.erase(id);
    return;
  }
  handler_({bytes.data(), static_cast<std::size_t>(length)}, now,
           [this, id](const std::string& reply) { answer(id, reply); });
}

// From now on nothing of the connection is of interest but its answer.
void OneShotServer::end_silence(Connection& connection) {
  loop_.forget(connection.watch);
  silent_.erase(connection.silent);
}

void OneShotServer::answer(Id id, const std::string& reply) {
  const auto connection = connections_.find(id);
  // A fresh socket has room for any reply; a client that has gone misses it.
  send(connection->second.socket.get(), reply.data(), reply.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  connections_.erase(connection);
}

void OneShotServer::close_oldest_silent() {
  const auto id = silent_.front();
  end_silence(connections_.at(id));
  connections_.erase(id);
}

bool OneShotServer::make_room(Time now) {
  if (silent_for(now) < kTimeToSpeak) return false;
  close_oldest_silent();
  return true;
}

Time::duration OneShotServer::silent_for(Time now) const {
  return silent_.empty() ? Time::duration::zero() : now - connections_.at(silent_.front()).accepted;
}

void OneShotServer::tick(Time now) {
  acceptor_.look_again(now);
  while (silent_for(now) >= kSilenceAllowed) close_oldest_silent();
}

}  // namespace mediaplane
