// SPDX-License-Identifier: BSD-2-Clause
#include "dataplane/worker/spread.h"

#include <set>

#include <gtest/gtest.h>

#include "tests/support/plane.h"

namespace mediaplane::test {
namespace {

class SpreadTest : public testing::Test {
 protected:
  std::uint32_t share(const Frame& frame, std::uint32_t shares) {
    auto* mbuf = plane.mbuf_of(frame, Plane::kWan);
    const auto found = share_of(*mbuf, shares);
    rte_pktmbuf_free(mbuf);
    return found;
  }
  static UdpSpec to_port(std::uint16_t port) {
    UdpSpec spec;
    spec.destination_port = port;
    return spec;
  }

  Plane plane;
};

TEST_F(SpreadTest, FlowsAreSpreadEvenlyAndRtcpGoesWithItsRtp) {
  for (const bool ipv6 : {false, true}) {
    std::array<int, 3> counts{};
    for (std::uint16_t port = 30000; port < 33000; port = static_cast<std::uint16_t>(port + 2)) {
      auto spec = to_port(port);
      if (ipv6) {
        spec.source_ip = "2001:db8::10";
        spec.destination_ip = "2001:db8::1";
      }
      const auto its = share(udp_frame(spec), 3);
      ASSERT_LT(its, 3U);
      ++counts[its];
      spec.source_port = 9999;  // Whoever sends.
      ++spec.destination_port;
      EXPECT_EQ(share(udp_frame(spec), 3), its);
    }
    for (const auto count : counts) EXPECT_NEAR(count, 500, 100);
  }
}

TEST_F(SpreadTest, WhatIsNoPlainUdpStaysWithTheHost) {
  auto frame = udp_frame(to_port(30002));
  ASSERT_EQ(share(frame, 2), 1U) << "or the rows below show nothing";
  for (std::size_t length = 0; length < 42; ++length) {
    EXPECT_EQ(share(Frame(frame.begin(), frame.begin() + static_cast<long>(length)), 2), 0U);
  }
  auto options = to_port(30002);
  options.ip_options = 4;
  EXPECT_EQ(share(udp_frame(options), 2), 0U);
  frame[kIpAt + offsetof(Ipv4Header, protocol)] = std::byte{1};
  EXPECT_EQ(share(frame, 2), 0U);
}

TEST_F(SpreadTest, EveryWorkerWithoutAQueueIsTheGuestOfOneThatHasOne) {
  const auto spread = Spread::create(Plane::kWan, 2, 5, 64);
  ASSERT_NE(spread, nullptr);
  std::set<const SpreadRings*> guests;
  for (std::uint32_t host = 0; host < 2; ++host) {
    const auto port = spread->port_of(host);
    EXPECT_EQ(port.queue, host);
    EXPECT_EQ(port.host, nullptr);
    guests.insert(port.guests.begin(), port.guests.end());
  }
  EXPECT_EQ(spread->port_of(0).guests.size(), 2U);
  EXPECT_EQ(spread->port_of(1).guests.size(), 1U);
  for (std::uint32_t guest = 2; guest < 5; ++guest) {
    EXPECT_TRUE(guests.erase(spread->port_of(guest).host)) << guest;
  }
  EXPECT_TRUE(guests.empty());
}

// As a packet would get there from the host's queue.
TEST_F(SpreadTest, WhoeverHasTheFlowGetsWhatComesFromNoQueue) {
  const auto spread = Spread::create(Plane::kWan, 2, 5, 64);
  for (std::uint16_t port = 30000; port < 30100; ++port) {
    auto* mbuf = plane.mbuf_of(udp_frame(to_port(port)), Plane::kWan);
    for (std::uint32_t near = 0; near < 5; ++near) {
      const auto host = near % 2;
      const auto& guests = spread->port_of(host).guests;
      const auto share = share_of(*mbuf, static_cast<std::uint32_t>(guests.size() + 1));
      const auto its = spread->worker_of(*mbuf, near);
      if (share == 0) {
        EXPECT_EQ(its, host);
      } else {
        EXPECT_EQ(spread->port_of(its).host, guests[share - 1]);
      }
    }
    EXPECT_EQ(Spread::create(Plane::kWan, 1, 1, 64)->worker_of(*mbuf, 0), 0U);
    rte_pktmbuf_free(mbuf);
  }
}

TEST_F(SpreadTest, DrainingTellsWhatWasNotSent) {
  const auto spread = Spread::create(Plane::kWan, 1, 2, 64);
  const auto* rings = spread->port_of(1).host;
  const auto in_use = rte_mempool_in_use_count(plane.pool());
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(rings->to_send->push(plane.mbuf_of(udp_frame({}), 0)));
  ASSERT_TRUE(rings->received->push(plane.mbuf_of(udp_frame({}), 0)));
  EXPECT_EQ(spread->drain(), 3U);
  EXPECT_EQ(rte_mempool_in_use_count(plane.pool()), in_use);
}

}  // namespace
}  // namespace mediaplane::test
