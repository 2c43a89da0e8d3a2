// SPDX-License-Identifier: BSD-2-Clause
#include "controlplane/server/udp_server.h"

#include <algorithm>
#include <utility>

#include <sys/epoll.h>

#include "controlplane/server/socket_address.h"

namespace mediaplane {
namespace {

constexpr int kReceiveBuffer = 8 << 20;
// After these, everybody else has a turn.
constexpr int kMaxBatchesAtOnce = 8;
// About 35 s of 5000 commands a second.
constexpr std::size_t kCachedReplies = 200'000;
// No client's cookie is longer than 40 bytes. Commands with a longer one than this are carried out
// each time they come, so that cookies cannot fill the memory.
constexpr std::size_t kMaxCachedCookie = 128;
constexpr std::string_view kSeparators = " \t\r\n";

// Divides a datagram at the end of its first word.
std::pair<std::string_view, std::string_view> cookie_and_command(std::string_view datagram) {
  datagram.remove_prefix(std::min(datagram.find_first_not_of(kSeparators), datagram.size()));
  const auto cookie = datagram.substr(0, datagram.find_first_of(kSeparators));
  return {cookie, datagram.substr(cookie.size())};
}

void prepare(int socket) {
  // Beyond the system's limit only with the right to do so.
  if (setsockopt(socket, SOL_SOCKET, SO_RCVBUFFORCE, &kReceiveBuffer, sizeof kReceiveBuffer) != 0) {
    setsockopt(socket, SOL_SOCKET, SO_RCVBUF, &kReceiveBuffer, sizeof kReceiveBuffer);
  }
  // One of the two fails, as it is meant for the other family.
  const int on = 1;
  setsockopt(socket, IPPROTO_IP, IP_PKTINFO, &on, sizeof on);
  setsockopt(socket, IPPROTO_IPV6, IPV6_RECVPKTINFO, &on, sizeof on);
}

// What recvmsg() told about the local address can be given to sendmsg(), except that an answer
// shall choose its interface by itself.
void free_interface(msghdr& message) {
  for (auto* c = CMSG_FIRSTHDR(&message); c != nullptr; c = CMSG_NXTHDR(&message, c)) {
    if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO) {
      reinterpret_cast<in_pktinfo*>(CMSG_DATA(c))->ipi_ifindex = 0;
    }
  }
}

}  // namespace

// The memory of one recvmmsg().
struct UdpServer::Batch {
  std::array<std::array<char, kMaxCommandBytes>, kBatch> bytes;
  std::array<ReturnPath, kBatch> paths;
  std::array<iovec, kBatch> parts;
  std::array<mmsghdr, kBatch> messages;

  void reset() {
    for (std::size_t i = 0; i < kBatch; ++i) {
      parts[i] = {bytes[i].data(), bytes[i].size()};
      auto& header = messages[i].msg_hdr;
      header = {};
      header.msg_name = &paths[i].sender;
      header.msg_namelen = sizeof paths[i].sender;
      header.msg_iov = &parts[i];
      header.msg_iovlen = 1;
      header.msg_control = paths[i].control.data();
      header.msg_controllen = paths[i].control.size();
    }
  }
};

UdpServer::UdpServer(EventLoop& loop, abi::FileDescriptor socket, AllowList allowed,
                     CommandHandler handler)
    : loop_(loop),
      socket_(std::move(socket)),
      allowed_(std::move(allowed)),
      handler_(std::move(handler)),
      cache_(kCachedReplies),
      batch_(std::make_unique<Batch>()),
      watch_(loop.watch(socket_.get(), EPOLLIN,
                        [this](std::uint32_t, Time now) { receive_batches(now); })) {
  prepare(socket_.get());
}

UdpServer::~UdpServer() { loop_.forget(watch_); }

void UdpServer::receive_batches(Time now) {
  for (int i = 0; i < kMaxBatchesAtOnce; ++i) {
    batch_->reset();
    const int count =
        recvmmsg(socket_.get(), batch_->messages.data(), kBatch, MSG_DONTWAIT, nullptr);
    for (int k = 0; k < count; ++k) {
      const auto n = static_cast<std::size_t>(k);
      auto& [header, length] = batch_->messages[n];
      auto& path = batch_->paths[n];
      path.sender_length = header.msg_namelen;
      path.control_length = header.msg_controllen;
      free_interface(header);
      receive({batch_->bytes[n].data(), length}, path, now);
    }
    if (count < static_cast<int>(kBatch)) return;
  }
}

void UdpServer::receive(std::string_view datagram, const ReturnPath& path, Time now) {
  const auto sender = endpoint_of(path.sender);
  if (!allowed_.permits(sender.ip)) return;
  const auto [cookie, command] = cookie_and_command(datagram);
  if (cookie.empty()) {
    // No cookie, nothing to repeat: an error, as for any command without words.
    handler_({}, now, [this, path](const std::string& reply) { answer(path, reply); });
    return;
  }
  if (cookie.size() > kMaxCachedCookie) {
    handler_(command, now, [this, path, cookie = std::string(cookie)](const std::string& reply) {
      answer(path, cookie + ' ' + reply);
    });
    return;
  }
  const auto key = to_string(sender) + ' ' + std::string(cookie);
  switch (cache_.begin(key, now)) {
    case ReplyCache::Finding::kInFlight:
      return;
    case ReplyCache::Finding::kAnswered:
      answer(path, cache_.reply(key));
      return;
    case ReplyCache::Finding::kNew:
      break;
  }
  auto prefix = std::string(cookie) + ' ';
  handler_(command, now, [this, path, key, prefix = std::move(prefix)](const std::string& reply) {
    const auto text = prefix + reply;
    cache_.finish(key, text);
    answer(path, text);
  });
}

void UdpServer::answer(const ReturnPath& path, const std::string& text) {
  auto to = path;
  auto reply = text;
  iovec part{reply.data(), reply.size()};
  msghdr message{};
  message.msg_name = &to.sender;
  message.msg_namelen = to.sender_length;
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = to.control_length > 0 ? to.control.data() : nullptr;
  message.msg_controllen = to.control_length;
  // What does not leave is asked for again.
  sendmsg(socket_.get(), &message, MSG_DONTWAIT | MSG_NOSIGNAL);
}

}  // namespace mediaplane
