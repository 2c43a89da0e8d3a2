// SPDX-License-Identifier: BSD-2-Clause
// Commands in datagrams: `COOKIE command`, answered with `COOKIE reply` to the sender, from the
// address that the sender wrote to.
//
// A proxy that waits too long sends its command again, so many copies can lie in the socket at
// once; the receive buffer is large, datagrams are taken by the dozen, and the reply cache sees to
// it that each command is carried out once.
#pragma once

#include <array>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include <netinet/in.h>
#include <sys/socket.h>

#include "controlplane/protocol/reply_cache.h"
#include "controlplane/server/allow_list.h"
#include "controlplane/server/event_loop.h"

namespace mediaplane {

class UdpServer {
 public:
  // Takes over a bound socket.
  UdpServer(EventLoop& loop, abi::FileDescriptor socket, AllowList allowed, CommandHandler handler);
  UdpServer(const UdpServer&) = delete;
  UdpServer& operator=(const UdpServer&) = delete;
  ~UdpServer();

  // What has not been received waits in the socket for whoever else holds it.
  void stop_receiving() { loop_.forget(watch_); }

 private:
  static constexpr std::size_t kBatch = 64;
  static constexpr std::size_t kControlBytes = CMSG_SPACE(sizeof(in6_pktinfo));

  // Where an answer goes: the sender, and by whatever the kernel said about the way here.
  struct ReturnPath {
    sockaddr_storage sender{};
    socklen_t sender_length = 0;
    alignas(cmsghdr) std::array<std::byte, kControlBytes> control{};
    std::size_t control_length = 0;
  };
  struct Batch;

  void receive_batches(Time now);
  void receive(std::string_view datagram, const ReturnPath& path, Time now);
  void answer(const ReturnPath& path, const std::string& text);

  EventLoop& loop_;
  abi::FileDescriptor socket_;
  AllowList allowed_;
  CommandHandler handler_;
  ReplyCache cache_;
  std::unique_ptr<Batch> batch_;
  EventLoop::Watch watch_;
};

}  // namespace mediaplane
