// SPDX-License-Identifier: BSD-2-Clause
#include "tests/perf/bench/control_client.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include <poll.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>

namespace mediaplane::bench {
namespace {

abi::FileDescriptor connected(const std::string& path) {
  abi::FileDescriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) return {};
  std::memcpy(address.sun_path, path.data(), path.size());
  if (connect(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) return {};
  return socket;
}

bool wait(int descriptor, short events, std::int64_t nanoseconds) {
  constexpr std::int64_t kSecond = 1000000000;
  pollfd waiting{descriptor, events, 0};
  const timespec timeout{nanoseconds / kSecond, nanoseconds % kSecond};
  return ppoll(&waiting, 1, &timeout, nullptr) > 0;
}

}  // namespace

PipelinedClient::PipelinedClient(const std::string& path) : socket_(connected(path)) {}

bool PipelinedClient::send(Token token, std::string_view command) {
  unanswered_.push_back(token);
  output_ += command;
  output_ += '\n';
  return true;  // Written in the next turn, with whatever else there is by then.
}

bool PipelinedClient::write_some() {
  if (output_.empty()) return true;
  const auto length = ::send(socket_.get(), output_.data(), output_.size(), MSG_NOSIGNAL);
  if (length < 0) return errno == EAGAIN || errno == EINTR;
  output_.erase(0, static_cast<std::size_t>(length));
  return true;
}

bool PipelinedClient::turn(std::int64_t nanoseconds, const OnAnswer& on_answer) {
  if (!write_some()) return false;
  const auto events = static_cast<short>(POLLIN | (output_.empty() ? 0 : POLLOUT));
  if (!wait(socket_.get(), events, nanoseconds)) return true;
  std::array<char, 65536> bytes;
  const auto length = recv(socket_.get(), bytes.data(), bytes.size(), 0);
  if (length < 0) return errno == EAGAIN || errno == EINTR;
  if (length == 0) return false;
  input_.append(bytes.data(), static_cast<std::size_t>(length));
  std::size_t begin = 0;
  for (auto end = input_.find('\n'); end != std::string::npos && !unanswered_.empty();
       end = input_.find('\n', begin)) {
    const auto token = unanswered_.front();
    unanswered_.pop_front();
    on_answer(token, std::string_view(input_).substr(begin, end - begin));
    begin = end + 1;
  }
  input_.erase(0, begin);
  return true;
}

OneShotClient::OneShotClient(std::string path)
    : path_(std::move(path)), epoll_(epoll_create1(EPOLL_CLOEXEC)) {}

bool OneShotClient::send(Token token, std::string_view command) {
  auto socket = connected(path_);
  if (!socket) return false;
  const auto length = static_cast<ssize_t>(command.size());
  if (::send(socket.get(), command.data(), command.size(), MSG_NOSIGNAL) != length) return false;
  const int descriptor = socket.get();
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.fd = descriptor;
  epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, descriptor, &event);
  pending_.emplace(descriptor, Pending{std::move(socket), token});
  return true;
}

bool OneShotClient::turn(std::int64_t nanoseconds, const OnAnswer& on_answer) {
  if (!wait(epoll_.get(), POLLIN, nanoseconds)) return true;
  std::array<epoll_event, 64> events;
  const int count = epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), 0);
  for (int i = 0; i < count; ++i) {
    const auto node = pending_.extract(events[static_cast<std::size_t>(i)].data.fd);
    std::array<char, 1024> bytes;
    const auto length = recv(node.mapped().socket.get(), bytes.data(), bytes.size(), 0);
    std::string_view answer(bytes.data(), length < 0 ? 0 : static_cast<std::size_t>(length));
    if (answer.ends_with('\n')) answer.remove_suffix(1);
    on_answer(node.mapped().token, answer);
  }
  return true;
}

}  // namespace mediaplane::bench
