// SPDX-License-Identifier: BSD-2-Clause
#include "controlplane/link/ring_link.h"

#include <cstdint>
#include <utility>

#include <spdlog/spdlog.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace mediaplane {

using abi::MessageType;

RingLink::RingLink(std::string socket_path, const abi::Hello& hello)
    : socket_path_(std::move(socket_path)), hello_(hello), epoll_(epoll_create1(EPOLL_CLOEXEC)) {}

void RingLink::tick(Time now, LinkEvents& events) {
  if (attachment_ || greeting_ || now < next_attempt_) return;
  connect(now);
  if (greeting_) greet(now, events);
}

void RingLink::connect(Time now) {
  next_attempt_ = now + kAttachInterval;
  auto socket = say_hello(socket_path_, hello_);
  has_connected_ = socket.has_value();
  if (!socket) {
    log_absence(socket.error());
    return;
  }
  greeting_ = std::move(*socket);
  watch(greeting_.get());
}

void RingLink::greet(Time now, LinkEvents& events) {
  auto welcome = take_welcome(greeting_, hello_);
  if (!welcome) {
    log_absence(welcome.error());
    greeting_ = {};
    return;
  }
  if (!*welcome) return;
  greeting_ = {};
  attachment_ = std::move(**welcome);
  region_.emplace(attachment_->media->region.base());
  last_absence_.clear();
  watch(attachment_->event_doorbell.get());
  spdlog::info("attached to the data plane at {}", socket_path_);
  events.on_attached(now);
}

// Many attempts a second: only what is new is worth a line.
void RingLink::log_absence(const std::string& reason) {
  if (reason == last_absence_) return;
  last_absence_ = reason;
  spdlog::warn("waiting for the data plane: {}", reason);
}

void RingLink::poll(Time now, LinkEvents& events) {
  if (greeting_) greet(now, events);
  if (!attachment_) return;
  std::uint64_t rings = 0;
  // Before the ring is read, so that a message behind the last one read rings again.
  if (read(attachment_->event_doorbell.get(), &rings, sizeof rings) > 0) {
    receive_events(now, events);
  }
  if (attachment_ && is_socket_closed()) lose("it is gone", now, events);
}

bool RingLink::is_socket_closed() const {
  char byte = 0;
  // Nothing is ever sent over the socket after the handshake.
  const auto length = recv(attachment_->socket.get(), &byte, 1, MSG_DONTWAIT);
  return length >= 0 || (errno != EAGAIN && errno != EINTR);
}

void RingLink::receive_events(Time now, LinkEvents& events) {
  // Bounded, so that a data plane gone wild cannot hold the control plane here.
  for (std::uint32_t i = 0; i < abi::kEventRingSlots; ++i) {
    abi::Message message;
    switch (abi::receive(attachment_->events, message)) {
      case abi::Receipt::kEmpty:
        return;
      case abi::Receipt::kMessage:
        if (dispatch(message, now, events)) break;
        [[fallthrough]];
      case abi::Receipt::kGarbage:
        lose("its messages make no sense", now, events);
        return;
    }
  }
  // There may be more: it is our turn again after everybody else's.
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = write(attachment_->event_doorbell.get(), &one, sizeof one);
}

// False if the message breaks a rule.
bool RingLink::dispatch(const abi::Message& message, Time now, LinkEvents& events) {
  std::span<const std::byte> rest;
  switch (message.header().type) {
    case MessageType::kReply: {
      abi::Reply reply;
      if (!message.read(reply, rest) || !rest.empty()) return false;
      if (reply.status > abi::Status::kTableFull) return false;
      events.on_reply(message.header().request, reply.status, now);
      return true;
    }
    case MessageType::kLearned: {
      abi::Learned learned;
      if (!message.read(learned, rest) || !rest.empty()) return false;
      if (learned.side > abi::Side::kCaller || learned.component > abi::Component::kRtcp) {
        return false;
      }
      events.on_learned(learned);
      return true;
    }
    case MessageType::kSetSession:
    case MessageType::kRemoveSession:
    case MessageType::kSynchronize:
    case MessageType::kPlay:
    case MessageType::kCopy:
      break;
  }
  return false;
}

void RingLink::lose(const std::string& reason, Time now, LinkEvents& events) {
  spdlog::error("the data plane is lost: {}", reason);
  events.on_lost(now);
  region_.reset();
  // The data plane may live and share the doorbell, so closing it would not end the watch.
  epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, attachment_->event_doorbell.get(), nullptr);
  attachment_.reset();
  next_attempt_ = now;
}

bool RingLink::send(MessageType type, RequestNumber request, std::span<const std::byte> body,
                    std::span<const std::byte> tail) {
  if (!attachment_ || !abi::send(attachment_->commands, type, request, body, tail)) return false;
  // A full counter is a doorbell that has been rung.
  const std::uint64_t once = 1;
  [[maybe_unused]] const auto written =
      write(attachment_->media->command_doorbell.get(), &once, sizeof once);
  return true;
}

bool RingLink::set_session(RequestNumber request, const abi::Session& session,
                           std::string_view call_id, std::string_view from_tag,
                           std::string_view extra) {
  auto body = session;
  body.call_id_length = static_cast<std::uint16_t>(call_id.size());
  body.from_tag_length = static_cast<std::uint16_t>(from_tag.size());
  body.extra_length = static_cast<std::uint32_t>(extra.size());
  std::string identifiers(call_id);
  identifiers.append(from_tag).append(extra);
  return send(MessageType::kSetSession, request, abi::as_bytes_of(body),
              std::as_bytes(std::span(identifiers)));
}

bool RingLink::remove_session(RequestNumber request, abi::SessionId session) {
  return send(MessageType::kRemoveSession, request, abi::as_bytes_of(session));
}

bool RingLink::synchronize(RequestNumber request) {
  return send(MessageType::kSynchronize, request, {});
}

const abi::Region* RingLink::region() const { return region_ ? &*region_ : nullptr; }

std::shared_ptr<MediaRings> RingLink::media_rings() const {
  return attachment_ ? attachment_->media : nullptr;
}

void RingLink::watch(int descriptor) {
  epoll_event event{};
  event.events = EPOLLIN;
  epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, descriptor, &event);
}

}  // namespace mediaplane
