// SPDX-License-Identifier: BSD-2-Clause
#include "tests/perf/bench/ring_setup.h"

#include <chrono>

#include <fmt/format.h>

#include "config/hello.h"

namespace mediaplane::bench {
namespace {

using std::chrono::steady_clock;

constexpr std::chrono::seconds kPatience{5};
constexpr std::uint32_t kAtOnce = 1000;  // Far less than the rings hold.

}  // namespace

Result<std::unique_ptr<RingSetup>, std::string> RingSetup::attach(Subject& subject,
                                                                  const Config& config) {
  std::unique_ptr<RingSetup> setup(new RingSetup(subject, config));
  setup->generations_.resize(config.dataplane.max_sessions);
  const auto hello = hello_of(config);
  auto socket = say_hello(config.dataplane.socket, hello);
  if (!socket) return failure(socket.error());
  setup->socket_ = std::move(*socket);
  for (const auto end = steady_clock::now() + kPatience; steady_clock::now() < end;) {
    subject.serve();
    auto welcome = take_welcome(setup->socket_, hello);
    if (!welcome) return failure(welcome.error());
    if (!*welcome) continue;
    setup->attachment_ = std::make_unique<Attachment>(std::move(**welcome));
    return setup;
  }
  return failure(std::string("the data plane does not answer"));
}

bool RingSetup::send_session(const Call& call, std::uint32_t session) {
  const auto identifiers = std::as_bytes(std::span("benchfrom", 9));
  auto wish = session_of(call, {session, ++generations_[session]}, locals_);
  wish.call_id_length = 5;
  wish.from_tag_length = 4;
  return abi::send(attachment_->commands, abi::MessageType::kSetSession, ++requests_,
                   abi::as_bytes_of(wish), identifiers);
}

Result<void, std::string> RingSetup::await_replies(std::uint32_t count) {
  for (const auto end = steady_clock::now() + kPatience; count > 0;) {
    if (steady_clock::now() > end) return failure(std::string("a command was not confirmed"));
    subject_.serve();
    while (abi::receive(attachment_->events, message_) == abi::Receipt::kMessage) {
      abi::Reply reply;
      std::span<const std::byte> rest;
      if (message_.header().type != abi::MessageType::kReply) continue;
      if (!message_.read(reply, rest) || reply.status != abi::Status::kDone) {
        return failure(
            fmt::format("a command was refused: status {}", static_cast<int>(reply.status)));
      }
      --count;
    }
  }
  return {};
}

Result<void, std::string> RingSetup::set_up(std::span<Call> calls, std::uint32_t first) {
  std::uint32_t sent = 0;
  for (std::uint32_t i = 0; i < calls.size(); ++i) {
    if (!send_session(calls[i], first + i)) return failure(std::string("the ring is full"));
    if (++sent < kAtOnce && i + 1 < calls.size()) continue;
    if (auto replied = await_replies(sent); !replied) return replied;
    sent = 0;
  }
  return {};
}

Result<void, std::string> RingSetup::tear_down(std::uint32_t session) {
  const abi::SessionId id{session, generations_[session]};
  if (!abi::send(attachment_->commands, abi::MessageType::kRemoveSession, ++requests_,
                 abi::as_bytes_of(id))) {
    return failure(std::string("the ring is full"));
  }
  return await_replies(1);
}

void RingSetup::forget_events() {
  while (abi::receive(attachment_->events, message_) == abi::Receipt::kMessage) {
  }
}

}  // namespace mediaplane::bench
