// SPDX-License-Identifier: BSD-2-Clause
#include "dataplane/attach/server.h"

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <iterator>

#include <spdlog/spdlog.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "dataplane/attach/passing.h"

namespace mediaplane {
namespace {

constexpr std::size_t kMaxGreeting = 8;
constexpr int kMaxEvents = 16;
// After these, media's housekeeping has its turn.
constexpr int kMaxAcceptsAtOnce = 16;
// More messages than this waiting: the control plane does not read. It is let go.
constexpr std::size_t kMaxUnsent = 65536;

struct NewRing {
  const char* name;
  std::uint32_t slots;
};
// Commands, events, playback; a copy ring for each worker follows.
constexpr std::ptrdiff_t kCommonRings = 3;

void add_to_epoll(const abi::FileDescriptor& epoll, int descriptor,
                  std::uint32_t events = EPOLLIN) {
  epoll_event event{};
  event.events = events;
  event.data.fd = descriptor;
  epoll_ctl(epoll.get(), EPOLL_CTL_ADD, descriptor, &event);
}

}  // namespace

Result<std::unique_ptr<AttachServer>, std::string> AttachServer::listen(
    const std::string& path, const abi::FileDescriptor& region, std::uint64_t region_size,
    const abi::Hello& hello, std::uint32_t workers) {
  std::unique_ptr<AttachServer> server(new AttachServer);
  server->region_ = &region;
  server->region_size_ = region_size;
  server->fitting_ = hello;
  server->workers_ = workers;
  auto listener = listen_seqpacket(path);
  if (!listener) return failure(listener.error());
  server->path_ = path;
  server->listener_ = std::move(*listener);
  server->epoll_ = abi::FileDescriptor(epoll_create1(EPOLL_CLOEXEC));
  // Edge-triggered, so that a connection for which there is no descriptor does not keep us awake.
  add_to_epoll(server->epoll_, server->listener_.get(), EPOLLIN | EPOLLET);
  return server;
}

AttachServer::~AttachServer() {
  if (!path_.empty()) unlink(path_.c_str());
}

void AttachServer::watch(int descriptor) { add_to_epoll(epoll_, descriptor); }

void AttachServer::wait(int milliseconds) {
  if (has_more_to_accept_) {
    accept_some();
    milliseconds = 0;
  }
  std::array<epoll_event, kMaxEvents> events;
  const int count = epoll_wait(epoll_.get(), events.data(), kMaxEvents, milliseconds);
  for (int i = 0; i < count; ++i) {
    const int descriptor = events[static_cast<std::size_t>(i)].data.fd;
    if (descriptor == listener_.get()) {
      accept_some();
    } else if (attachment_ && descriptor == attachment_->command_doorbell.get()) {
      silence(attachment_->command_doorbell);
    } else if (attachment_ && descriptor == attachment_->socket.get()) {
      // Nothing is said after the handshake: it has closed its end, or talks nonsense. An event of
      // a descriptor that was closed a moment ago may bear the number of this one.
      if (is_readable(attachment_->socket)) detach("it has closed its socket");
    } else {
      read_hello(descriptor);
    }
  }
}

// A control plane says hello as soon as it is connected, and is heard before anybody else could
// push it out.
void AttachServer::accept_some() {
  for (int i = 0; i < kMaxAcceptsAtOnce; ++i) {
    abi::FileDescriptor socket(
        accept4(listener_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    has_more_to_accept_ = static_cast<bool>(socket);
    if (!socket) return;
    if (hear(socket)) continue;
    // Whoever connects and says nothing makes room for the next.
    if (greeting_.size() == kMaxGreeting) greeting_.erase(greeting_.begin());
    add_to_epoll(epoll_, socket.get());
    greeting_.push_back(std::move(socket));
  }
}

void AttachServer::read_hello(int descriptor) {
  const auto place = std::find_if(greeting_.begin(), greeting_.end(),
                                  [&](const auto& socket) { return socket.get() == descriptor; });
  if (place == greeting_.end()) return;  // The caller's own.
  if (!is_readable(*place)) return;
  auto socket = std::move(*place);
  greeting_.erase(place);
  epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, socket.get(), nullptr);
  hear(socket);
}

// False if it has said nothing yet. Otherwise it is attached, or refused.
bool AttachServer::hear(abi::FileDescriptor& socket) {
  abi::Hello hello;
  std::string reason = "a Hello of another size";
  auto admission = abi::Admission::kMalformed;
  const auto length = recv(socket.get(), &hello, sizeof hello, MSG_TRUNC);
  if (length < 0 && errno == EAGAIN) return false;
  // Another version's may have another size, but begins the same.
  constexpr auto kHead = static_cast<ssize_t>(offsetof(abi::Hello, session_capacity));
  const bool is_other =
      length >= kHead && hello.magic == abi::kMagic && hello.version != abi::kVersion;
  if (is_other || length == static_cast<ssize_t>(sizeof hello)) admission = examine(hello, reason);
  if (admission != abi::Admission::kAccepted) {
    refuse(socket.get(), admission, reason);
  } else if (admit(std::move(socket))) {
    spdlog::info("control plane attached");
  }
  return true;
}

abi::Admission AttachServer::examine(const abi::Hello& hello, std::string& reason) const {
  if (hello.magic != abi::kMagic || hello.version != abi::kVersion) {
    reason = fmt::format("the control plane speaks version {} of the interface, this is {}",
                         hello.version, abi::kVersion);
    return abi::Admission::kOtherVersion;
  }
  if (attachment_) {
    reason = "another control plane is attached";
    return abi::Admission::kAlreadyAttached;
  }
  if (hello.session_capacity != fitting_.session_capacity ||
      hello.local_addresses != fitting_.local_addresses) {
    reason =
        "the control plane is configured with other addresses or another max_sessions than this "
        "data plane; start both with the same file";
    return abi::Admission::kOtherConfiguration;
  }
  return abi::Admission::kAccepted;
}

void AttachServer::refuse(int descriptor, abi::Admission admission, const std::string& reason) {
  abi::Welcome welcome;
  welcome.admission = admission;
  reason.copy(welcome.reason.data(), welcome.reason.size() - 1);
  send_with_descriptors(descriptor, abi::as_bytes_of(welcome), {});
  if (reason != last_refusal_) spdlog::warn("control plane refused: {}", reason);
  last_refusal_ = reason;
}

Result<AttachServer::Offer, int> AttachServer::prepare(abi::FileDescriptor socket) const {
  std::vector<abi::FileDescriptor> memories;
  std::vector<abi::SlotRing> rings;
  std::vector<NewRing> wanted = {{"mediaplane-commands", abi::kCommandRingSlots},
                                 {"mediaplane-events", abi::kEventRingSlots},
                                 {"mediaplane-playback", abi::kPlaybackRingSlots}};
  wanted.resize(wanted.size() + workers_, {"mediaplane-copies", abi::kCopyRingSlots});
  for (const auto& [name, slots] : wanted) {
    auto memory =
        abi::make_shared_memory(name, abi::SlotRing::shared_bytes(slots), abi::Pages::kSmall);
    if (!memory) return failure(memory.error());
    auto ring = abi::SlotRing::map(*memory, slots);
    if (!ring) return failure(ring.error());
    memories.push_back(std::move(*memory));
    rings.push_back(std::move(*ring));
  }
  abi::FileDescriptor command_doorbell(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
  abi::FileDescriptor event_doorbell(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
  if (!command_doorbell || !event_doorbell) return failure(errno);
  std::unique_ptr<Attachment> attachment(new Attachment{std::move(socket),
                                                        std::move(rings[0]),
                                                        std::move(rings[1]),
                                                        std::move(rings[2]),
                                                        {},
                                                        std::move(command_doorbell),
                                                        std::move(event_doorbell),
                                                        {},
                                                        false});
  std::move(rings.begin() + kCommonRings, rings.end(), std::back_inserter(attachment->copies));
  return Offer{std::move(memories), std::move(attachment)};
}

bool AttachServer::welcome(const Offer& offer) const {
  abi::Welcome welcome;
  welcome.admission = abi::Admission::kAccepted;
  welcome.command_ring_slots = abi::kCommandRingSlots;
  welcome.event_ring_slots = abi::kEventRingSlots;
  welcome.playback_ring_slots = abi::kPlaybackRingSlots;
  welcome.copy_ring_slots = abi::kCopyRingSlots;
  welcome.copy_rings = workers_;
  welcome.region_size = region_size_;
  const auto& attachment = *offer.attachment;
  const auto& memories = offer.ring_memories;
  std::vector<int> descriptors = {region_->get(),
                                  memories[0].get(),
                                  memories[1].get(),
                                  attachment.command_doorbell.get(),
                                  attachment.event_doorbell.get(),
                                  memories[2].get()};
  for (auto memory = memories.begin() + kCommonRings; memory != memories.end(); ++memory) {
    descriptors.push_back(memory->get());
  }
  return send_with_descriptors(attachment.socket.get(), abi::as_bytes_of(welcome), descriptors);
}

bool AttachServer::admit(abi::FileDescriptor socket) {
  auto offer = prepare(std::move(socket));
  if (!offer) {
    spdlog::error("no memory for a control plane: {}", std::strerror(offer.error()));
    return false;
  }
  if (!welcome(*offer)) return false;
  attachment_ = std::move(offer->attachment);
  ++attachments_;
  last_refusal_.clear();
  add_to_epoll(epoll_, attachment_->socket.get());
  add_to_epoll(epoll_, attachment_->command_doorbell.get());
  return true;
}

void AttachServer::detach(const char* why) {
  // The other side may keep the doorbell open: closing ours alone would leave it in epoll.
  for (const auto* watched : {&attachment_->socket, &attachment_->command_doorbell}) {
    epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, watched->get(), nullptr);
  }
  attachment_.reset();
  spdlog::warn("control plane detached: {}; media goes on", why);
}

std::vector<abi::SlotRing> AttachServer::take_copy_rings() {
  if (!attachment_) return {};
  return std::move(attachment_->copies);
}

bool AttachServer::receive_from(abi::SlotRing Attachment::*ring, const char* garbage,
                                abi::Message& message) {
  if (!attachment_) return false;
  const auto receipt = abi::receive(*attachment_.*ring, message);
  if (receipt == abi::Receipt::kGarbage) detach(garbage);
  return receipt == abi::Receipt::kMessage;
}

bool AttachServer::receive(abi::Message& message) {
  return receive_from(&Attachment::commands, "garbage in the command ring", message);
}

bool AttachServer::receive_played(abi::Message& message) {
  return receive_from(&Attachment::playback, "garbage in the playback ring", message);
}

void AttachServer::send(abi::MessageType type, std::uint64_t request,
                        std::span<const std::byte> body) {
  if (!attachment_) return;
  attachment_->ring_bell = true;
  if (attachment_->unsent.empty() && abi::send(attachment_->events, type, request, body)) return;
  attachment_->unsent.push_back({type, request, {body.begin(), body.end()}});
  if (attachment_->unsent.size() > kMaxUnsent) detach("it does not read its events");
}

bool AttachServer::is_congested() const { return attachment_ && !attachment_->unsent.empty(); }

void AttachServer::flush() {
  if (!attachment_) return;
  auto& unsent = attachment_->unsent;
  const auto first_left = std::find_if(unsent.begin(), unsent.end(), [&](const Unsent& message) {
    return !abi::send(attachment_->events, message.type, message.request, message.body);
  });
  attachment_->ring_bell |= first_left != unsent.begin();
  unsent.erase(unsent.begin(), first_left);
  if (attachment_->ring_bell) ring(attachment_->event_doorbell);
  attachment_->ring_bell = false;
}

}  // namespace mediaplane
