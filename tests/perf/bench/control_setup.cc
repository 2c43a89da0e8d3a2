// SPDX-License-Identifier: BSD-2-Clause
#include "tests/perf/bench/control_setup.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstring>
#include <system_error>

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "config/listen_address.h"
#include "dataplane/abi/shared_memory.h"

namespace mediaplane::bench {
namespace {

using std::chrono::steady_clock;

constexpr std::chrono::seconds kAnswerWithin{5};
constexpr std::chrono::seconds kReadyWithin{30};

std::string system_error() { return std::generic_category().message(errno); }

Result<abi::FileDescriptor, std::string> connected(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) return failure(path + " is too long");
  std::memcpy(address.sun_path, path.data(), path.size());
  abi::FileDescriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    return failure(path + ": " + system_error());
  }
  return socket;
}

// Calls that a former run may have left behind are others.
std::string call_id_of(std::uint32_t session) {
  return fmt::format("bench-{}-{}", getpid(), session);
}

std::string address_of(const Endpoint& party) {
  return fmt::format("{} {}", to_string(party.ip), party.udp_port);
}

// The addresses of a bridge.
std::vector<IpAddress> networks_of(const Config& config) {
  if (!config.media.bridge) return {};
  return config.media.addresses.empty() ? config.local_addresses() : config.media.addresses;
}

}  // namespace

Result<std::unique_ptr<ControlSetup>, std::string> ControlSetup::create(Subject& subject,
                                                                        const Config& config) {
  for (const auto& text : config.control.listen) {
    const auto listen = parse_listen_address(text);
    if (!listen || listen->transport != Transport::kUnixOneShot) continue;
    std::unique_ptr<ControlSetup> setup(
        new ControlSetup(subject, listen->path, networks_of(config)));
    if (auto there = setup->await_control_plane(); !there) return failure(there.error());
    return setup;
  }
  return failure(std::string("the configuration has no unix: socket in control.listen"));
}

// Calls that are still there would keep their UDP ports for a minute.
ControlSetup::~ControlSetup() {
  for (std::uint32_t i = 0; i < calls_; ++i) {
    if (!tear_down(i)) return;
  }
}

Result<std::string, std::string> ControlSetup::ask(const std::string& command) {
  auto socket = connected(path_);
  if (!socket) return failure(socket.error());
  const auto line = command + "\n";
  if (send(socket->get(), line.data(), line.size(), MSG_NOSIGNAL) < 0) {
    return failure(path_ + ": " + system_error());
  }
  for (const auto end = steady_clock::now() + kAnswerWithin; steady_clock::now() < end;) {
    subject_.serve();  // The data plane may be ours, and has to confirm.
    std::array<char, 1024> answer;
    const auto length = recv(socket->get(), answer.data(), answer.size(), MSG_DONTWAIT);
    if (length < 0 && errno == EAGAIN) continue;
    if (length <= 0) return failure(path_ + " gave no answer to " + command);
    std::string text(answer.data(), static_cast<std::size_t>(length));
    if (text.back() == '\n') text.pop_back();
    return text;
  }
  return failure(path_ + " did not answer in time: " + command);
}

// A control plane that has no data plane yet answers U with an error.
Result<void, std::string> ControlSetup::await_control_plane() {
  std::string last = "nothing was said";
  for (const auto end = steady_clock::now() + kReadyWithin; steady_clock::now() < end;) {
    const auto answer = ask("U bench-probe 192.0.2.1 4000 f");
    if (answer && answer->front() != 'E' && *answer != "0") {
      const auto removed = ask("D bench-probe f");
      return removed ? Result<void, std::string>() : failure(removed.error());
    }
    last = answer ? *answer : answer.error();
    for (int i = 0; i < 100; ++i) {
      subject_.serve();
      usleep(100);
    }
  }
  return failure("no control plane that is ready: " + last);
}

Result<Endpoint, std::string> ControlSetup::ask_for_endpoint(const std::string& command) {
  const auto answer = ask(command);
  if (!answer) return failure(answer.error());
  const auto space = answer->find(' ');
  const auto end_of_ip = answer->find(' ', space + 1);
  std::uint16_t udp_port = 0;
  const auto parsed = std::from_chars(answer->data(), answer->data() + answer->size(), udp_port);
  const auto ip =
      space == std::string::npos
          ? std::nullopt
          : parse_ip(std::string_view(*answer).substr(space + 1, end_of_ip - space - 1));
  if (parsed.ec != std::errc{} || udp_port == 0 || !ip) {
    return failure(fmt::format("'{}' was answered '{}'", command, *answer));
  }
  return Endpoint{*ip, udp_port};
}

std::string ControlSetup::modifiers(const Call& call, const Endpoint& party) const {
  std::string text;
  if (!networks_.empty()) {
    const auto letter = [&](abi::Side side) {
      const auto family = call.parties[abi::index_of(side)].ip.family;
      return family == networks_[0].family ? 'I' : 'E';
    };
    text = {letter(abi::Side::kCaller), letter(abi::Side::kCallee), 'S'};
  }
  return party.ip.family == IpFamily::kIpv6 ? text + '6' : text;
}

Result<void, std::string> ControlSetup::set_up(std::span<Call> calls, std::uint32_t first) {
  for (std::uint32_t i = 0; i < calls.size(); ++i) {
    const auto id = call_id_of(first + i);
    const auto& [callee, caller] = calls[i].parties;
    auto& [for_callee, for_caller] = calls[i].locals;
    const auto offer = ask_for_endpoint(
        fmt::format("U{} {} {} f", modifiers(calls[i], caller), id, address_of(caller)));
    if (!offer) return failure(offer.error());
    calls_ = std::max(calls_, first + i + 1);
    const auto answer = ask_for_endpoint(
        fmt::format("L{} {} {} f t", modifiers(calls[i], callee), id, address_of(callee)));
    if (!answer) return failure(answer.error());
    if (offer->ip.family != callee.ip.family || answer->ip.family != caller.ip.family) {
      return failure(std::string("calls between families need [media] bridge = true"));
    }
    for_callee = *offer;
    for_caller = *answer;
  }
  return {};
}

Result<void, std::string> ControlSetup::tear_down(std::uint32_t session) {
  const auto answer = ask(fmt::format("D {} f t", call_id_of(session)));
  if (!answer) return failure(answer.error());
  return *answer == "0" ? Result<void, std::string>() : failure("D was answered " + *answer);
}

}  // namespace mediaplane::bench
