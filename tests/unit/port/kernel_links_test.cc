// SPDX-License-Identifier: BSD-2-Clause
#include "dataplane/port/kernel_links.h"

#include <cstring>

#include <gtest/gtest.h>
#include <linux/rtnetlink.h>
#include <net/if.h>

namespace mediaplane {
namespace {

class Datagram {
 public:
  Datagram& say(std::uint16_t type, int interface, unsigned flags,
                unsigned char family = AF_UNSPEC) {
    struct {
      nlmsghdr header;
      ifinfomsg info;
    } message{};
    message.header.nlmsg_len = NLMSG_LENGTH(sizeof message.info);
    message.header.nlmsg_type = type;
    message.info.ifi_family = family;
    message.info.ifi_index = interface;
    message.info.ifi_flags = flags;
    const auto at = bytes_.size();
    bytes_.resize(at + NLMSG_ALIGN(message.header.nlmsg_len));
    std::memcpy(bytes_.data() + at, &message, message.header.nlmsg_len);
    return *this;
  }
  std::vector<std::pair<std::uint32_t, Link>> read(std::size_t less = 0) const {
    std::vector<std::pair<std::uint32_t, Link>> links;
    // A copy of just so many bytes, so that a sanitizer sees who reads beyond them.
    const std::vector<std::byte> exact(bytes_.begin(), bytes_.end() - static_cast<long>(less));
    for (const auto& link : read_link_messages(exact.data(), exact.size())) {
      links.emplace_back(link.interface, link.link);
    }
    return links;
  }

 private:
  std::vector<std::byte> bytes_;
};

using Told = std::vector<std::pair<std::uint32_t, Link>>;
constexpr unsigned kUpAndRunning = IFF_UP | IFF_RUNNING;

TEST(KernelLinks, EachChangeIsToldInItsOrder) {
  Datagram datagram;
  datagram.say(RTM_NEWLINK, 3, kUpAndRunning)
      .say(RTM_NEWLINK, 3, IFF_UP)  // No carrier.
      .say(RTM_NEWLINK, 3, kUpAndRunning)
      .say(RTM_NEWLINK, 4, 0)
      .say(RTM_DELLINK, 3, kUpAndRunning);
  EXPECT_EQ(
      datagram.read(),
      (Told{{3, Link::kUp}, {3, Link::kDown}, {3, Link::kUp}, {4, Link::kDown}, {3, Link::kGone}}));
}

// An interface that leaves a bridge lives on.
TEST(KernelLinks, WhatABridgeTellsOfItsPortsIsNotTheirs) {
  EXPECT_EQ(Datagram().say(RTM_DELLINK, 3, 0, AF_BRIDGE).read(), Told{});
  EXPECT_EQ(Datagram().say(RTM_NEWADDR, 3, 0).read(), Told{});
}

TEST(KernelLinks, ADatagramThatIsCutOffIsReadNoFurther) {
  Datagram datagram;
  datagram.say(RTM_NEWLINK, 3, kUpAndRunning).say(RTM_NEWLINK, 4, kUpAndRunning);
  for (std::size_t less = 1; less < 32; ++less) EXPECT_EQ(datagram.read(less).size(), 1U) << less;
  EXPECT_EQ(datagram.read(33).size(), 0U);
}

TEST(KernelLinks, LoopbackIsThereAndNobodyIsGone) {
  const KernelLinks links;
  EXPECT_NE(links.look(if_nametoindex("lo")), Link::kGone);
  EXPECT_EQ(links.look(0x7ffffff0), Link::kGone);
}

}  // namespace
}  // namespace mediaplane
