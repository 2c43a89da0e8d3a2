// SPDX-License-Identifier: BSD-2-Clause
#include "dataplane/port/kernel_links.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

namespace mediaplane {
namespace {

constexpr int kDatagramsAtOnce = 64;
constexpr std::size_t kDatagramBytes = 32768;

abi::FileDescriptor open_socket() {
  abi::FileDescriptor socket(
      ::socket(AF_NETLINK, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, NETLINK_ROUTE));
  sockaddr_nl address{};
  address.nl_family = AF_NETLINK;
  address.nl_groups = RTMGRP_LINK;
  if (!socket || bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address)) {
    return {};
  }
  return socket;
}

// Up by its administrator, and with a carrier.
Link link_of(unsigned flags) {
  constexpr unsigned kWorks = IFF_UP | IFF_RUNNING;
  return (flags & kWorks) == kWorks ? Link::kUp : Link::kDown;
}

}  // namespace

std::vector<KernelLink> read_link_messages(const std::byte* bytes, std::size_t length) {
  std::vector<KernelLink> links;
  while (length >= sizeof(nlmsghdr)) {
    nlmsghdr header;
    std::memcpy(&header, bytes, sizeof header);
    if (header.nlmsg_len < sizeof header || header.nlmsg_len > length) break;
    const bool is_link = header.nlmsg_type == RTM_NEWLINK || header.nlmsg_type == RTM_DELLINK;
    ifinfomsg info;
    if (is_link && header.nlmsg_len >= NLMSG_LENGTH(sizeof info)) {
      std::memcpy(&info, bytes + NLMSG_HDRLEN, sizeof info);
      // A bridge tells of ports that leave it in its own family.
      if (info.ifi_family == AF_UNSPEC) {
        const bool is_gone = header.nlmsg_type == RTM_DELLINK;
        links.push_back({static_cast<std::uint32_t>(info.ifi_index),
                         is_gone ? Link::kGone : link_of(info.ifi_flags)});
      }
    }
    const auto step = std::min<std::size_t>(NLMSG_ALIGN(header.nlmsg_len), length);
    bytes += step;
    length -= step;
  }
  return links;
}

KernelLinks::KernelLinks() : socket_(open_socket()) {}

Link KernelLinks::look(std::uint32_t interface) const {
  ifreq request{};
  request.ifr_ifindex = static_cast<int>(interface);
  if (ioctl(socket_.get(), SIOCGIFNAME, &request) != 0) {
    return errno == ENODEV || errno == ENXIO ? Link::kGone : Link::kUnknown;
  }
  if (ioctl(socket_.get(), SIOCGIFFLAGS, &request) != 0) return Link::kUnknown;
  return link_of(static_cast<unsigned short>(request.ifr_flags));
}

std::vector<KernelLink> KernelLinks::changes(bool& missed) {
  alignas(nlmsghdr) std::array<std::byte, kDatagramBytes> datagram;
  std::vector<KernelLink> links;
  for (int i = 0; i < kDatagramsAtOnce; ++i) {
    const auto length = recv(socket_.get(), datagram.data(), datagram.size(), 0);
    if (length < 0 && errno == ENOBUFS) {
      missed = true;
    } else if (length <= 0) {
      break;
    } else {
      const auto told = read_link_messages(datagram.data(), static_cast<std::size_t>(length));
      links.insert(links.end(), told.begin(), told.end());
    }
  }
  return links;
}

}  // namespace mediaplane
