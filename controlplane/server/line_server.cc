// SPDX-License-Identifier: BSD-2-Clause
#include "controlplane/server/line_server.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>

namespace mediaplane {
namespace {

// Some ten commands; then everybody else has a turn. A longer command comes in pieces.
constexpr std::size_t kReadAtOnce = 1024;

}  // namespace

LineServer::LineServer(EventLoop& loop, int listening, Admit admit, CommandHandler handler,
                       MakeRoom elsewhere)
    : loop_(loop),
      admit_(std::move(admit)),
      handler_(std::move(handler)),
      acceptor_(
          loop, listening,
          [this](abi::FileDescriptor socket, Time now) { accepted(std::move(socket), now); },
          [this, elsewhere = std::move(elsewhere)](Time now) {
            return make_room(now) || (elsewhere && elsewhere(now));
          }) {}

LineServer::~LineServer() {
  for (const auto& [id, client] : clients_) loop_.forget(client.watch);
}

void LineServer::accepted(abi::FileDescriptor socket, Time now) {
  if (!admit_(socket.get())) return;
  // A reply is one write; it shall not wait for the next one. On a Unix socket this just fails.
  const int on = 1;
  setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  const auto id = ++last_id_;
  auto& client = clients_[id];
  client.socket = std::move(socket);
  client.events = EPOLLIN;
  client.last_read = now;
  client.watch =
      loop_.watch(client.socket.get(), client.events,
                  [this, id](std::uint32_t events, Time then) { handle(id, events, then); });
}

void LineServer::tick(Time now) {
  now_ = now;
  acceptor_.look_again(now);
}

bool LineServer::is_settled() const {
  return std::all_of(clients_.begin(), clients_.end(),
                     [](const auto& client) { return client.second.lines.is_settled(); });
}

void LineServer::handle(Id id, std::uint32_t events, Time now) {
  now_ = now;
  auto& client = clients_.at(id);
  if (!write_some(client) || !read_some(client, now)) {
    close(id);
    return;
  }
  run_commands(id);
  // Whoever has closed both directions reads no replies; its last commands have been taken.
  const bool is_gone = (events & (EPOLLHUP | EPOLLERR)) != 0;
  if (is_gone && (client.has_ended || !client.lines.has_room())) {
    close(id);
  } else {
    settle(id);
  }
}

// False if the connection is broken.
bool LineServer::read_some(Client& client, Time now) {
  if (client.has_ended || !client.lines.has_room()) return true;
  std::array<char, kReadAtOnce> bytes;
  const auto length = recv(client.socket.get(), bytes.data(), bytes.size(), 0);
  if (length < 0) return errno == EAGAIN || errno == EINTR;
  if (length == 0) client.has_ended = true;
  client.lines.receive({bytes.data(), static_cast<std::size_t>(length)});
  client.last_read = now;
  return true;
}

void LineServer::run_commands(Id id) {
  auto& client = clients_.at(id);
  client.is_running = true;
  while (const auto line = client.lines.next()) {
    handler_(line->command, now_,
             [this, id, place = line->place](const std::string& text) { reply(id, place, text); });
  }
  client.is_running = false;
}

void LineServer::reply(Id id, LineConnection::Place place, const std::string& text) {
  const auto client = clients_.find(id);
  if (client == clients_.end()) return;  // It did not wait.
  client->second.lines.reply(place, text);
  if (client->second.is_running) return;
  run_commands(id);  // This reply may have made room for the next command.
  settle(id);
}

// False if the connection is broken.
bool LineServer::write_some(Client& client) {
  const auto& output = client.lines.output();
  if (output.empty()) return true;
  const auto length =
      send(client.socket.get(), output.data(), output.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  if (length < 0) return errno == EAGAIN || errno == EINTR;
  client.lines.written(static_cast<std::size_t>(length));
  return true;
}

// Decides what to wait for next, and whether there is anything left to wait for.
void LineServer::settle(Id id) {
  auto& client = clients_.at(id);
  // What is written makes room for the commands that wait behind it.
  bool is_alive = write_some(client);
  while (is_alive && client.lines.has_waiting_command()) {
    run_commands(id);
    is_alive = write_some(client);
  }
  if (!is_alive || client.lines.is_line_too_long() ||
      (client.has_ended && client.lines.is_settled())) {
    close(id);
    return;
  }
  const bool reads = !client.has_ended && client.lines.has_room();
  const bool writes = !client.lines.output().empty();
  const std::uint32_t events = (reads ? EPOLLIN : 0U) | (writes ? EPOLLOUT : 0U);
  if (events == client.events) return;
  client.events = events;
  loop_.change(client.watch, events);
}

void LineServer::close(Id id) {
  const auto client = clients_.find(id);
  loop_.forget(client->second.watch);
  clients_.erase(client);
}

bool LineServer::make_room(Time now) {
  auto longest = clients_.end();
  for (auto client = clients_.begin(); client != clients_.end(); ++client) {
    if (!client->second.lines.is_settled() || now - client->second.last_read < kTimeToSpeak)
      continue;
    if (longest == clients_.end() || client->second.last_read < longest->second.last_read) {
      longest = client;
    }
  }
  if (longest == clients_.end()) return false;
  close(longest->first);
  return true;
}

}  // namespace mediaplane
