// SPDX-License-Identifier: BSD-2-Clause
#include "tests/tools/phones/control_client.h"

#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>

#include <sys/socket.h>
#include <sys/un.h>

namespace mediaplane::phones {
namespace {

constexpr std::chrono::seconds kAnswerWithin{5};

}  // namespace

Result<UniqueFd, std::string> ControlClient::connected_socket() const {
  UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (socket_path_.size() >= sizeof address.sun_path)
    return failure("control socket: path too long");
  std::memcpy(address.sun_path, socket_path_.c_str(), socket_path_.size());
  if (::connect(fd.value(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    return failure("connect " + socket_path_ + ": " + std::strerror(errno));
  }
  return fd;
}

void ControlClient::send(const std::string& command, OnAnswer on_answer) {
  auto fd = connected_socket();
  if (!fd) return on_answer(failure(command + ": " + fd.error()));
  const std::string line = command + "\n";
  if (::send(fd->value(), line.data(), line.size(), MSG_NOSIGNAL) !=
      static_cast<ssize_t>(line.size())) {
    return on_answer(failure(command + ": cannot write: " + std::strerror(errno)));
  }
  const std::uint64_t number = next_number_++;
  loop_.watch(fd->value(), [this, number] { read_answer(number); });
  loop_.at(Clock::now() + kAnswerWithin,
           [this, number] { finish(number, failure("no answer within 5 s")); });
  pending_[number] = {std::move(*fd), command, std::move(on_answer)};
}

void ControlClient::read_answer(std::uint64_t number) {
  std::array<char, 1024> text{};
  const ssize_t size = ::read(pending_.at(number).fd.value(), text.data(), text.size());
  if (size <= 0) return finish(number, failure("closed without an answer"));
  std::string answer(text.data(), static_cast<std::size_t>(size));
  while (answer.ends_with('\n')) answer.pop_back();
  finish(number, answer);
}

void ControlClient::finish(std::uint64_t number, const Answer& answer) {
  const auto found = pending_.find(number);
  if (found == pending_.end()) return;
  const Pending done = std::move(found->second);
  pending_.erase(found);
  loop_.forget(done.fd.value());
  if (answer) return done.on_answer(answer);
  done.on_answer(failure(done.command + ": " + answer.error()));
}

std::optional<Endpoint> parse_endpoint_answer(std::string_view answer) {
  Endpoint endpoint;
  const char* const last = answer.data() + answer.size();
  const auto [end, error] = std::from_chars(answer.data(), last, endpoint.udp_port);
  if (error != std::errc{} || end == last || *end != ' ') return std::nullopt;
  std::string_view address(end + 1, last);
  if (address.ends_with(" 6")) address.remove_suffix(2);
  const auto ip = parse_ip(address);
  if (!ip || endpoint.udp_port == 0) return std::nullopt;
  endpoint.ip = *ip;
  return endpoint;
}

}  // namespace mediaplane::phones
