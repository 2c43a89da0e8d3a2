// SPDX-License-Identifier: BSD-2-Clause
// The loop of a worker between two rings that stand for an ethdev's queues.
#include "dataplane/worker/loop.h"

#include <thread>

#include <gtest/gtest.h>
#include <rte_dev.h>
#include <rte_eth_ring.h>
#include <rte_ethdev.h>

#include "dataplane/housekeeper/arp.h"
#include "tests/support/plane.h"
#include "tests/unit/abi/two_ends.h"

namespace mediaplane::test {
namespace {

constexpr const char* kCallee = "198.18.0.10";
constexpr const char* kCaller = "198.18.0.20";
constexpr std::size_t kHeaders = sizeof(EthernetHeader) + sizeof(Ipv4Header) + sizeof(UdpHeader);

rte_ring* make_ring(const char* name) {
  return rte_ring_create(name, 256, SOCKET_ID_ANY, RING_F_SP_ENQ | RING_F_SC_DEQ);
}

// An ethdev of two rings, the plane's first port.
class Wire {
 public:
  explicit Wire(rte_mempool* pool) {
    EXPECT_EQ(rte_eth_from_rings("wire", &in_, 1, &out_, 1, SOCKET_ID_ANY), Plane::kWan);
    const rte_eth_conf none{};
    EXPECT_EQ(rte_eth_dev_configure(Plane::kWan, 1, 1, &none), 0);
    EXPECT_EQ(rte_eth_rx_queue_setup(Plane::kWan, 0, 256, SOCKET_ID_ANY, nullptr, pool), 0);
    EXPECT_EQ(rte_eth_tx_queue_setup(Plane::kWan, 0, 256, SOCKET_ID_ANY, nullptr), 0);
    EXPECT_EQ(rte_eth_dev_start(Plane::kWan), 0);
  }
  Wire(const Wire&) = delete;
  Wire& operator=(const Wire&) = delete;
  ~Wire() {
    rte_eth_dev_stop(Plane::kWan);
    EXPECT_EQ(rte_eal_hotplug_remove("vdev", "net_ring_wire"), 0);
    rte_ring_free(in_);
    rte_ring_free(out_);
  }

  void put_in(rte_mbuf* mbuf) { EXPECT_EQ(rte_ring_enqueue(in_, mbuf), 0); }
  unsigned left() const { return rte_ring_count(out_); }
  rte_mbuf* take_out() {
    void* mbuf = nullptr;
    return rte_ring_dequeue(out_, &mbuf) == 0 ? static_cast<rte_mbuf*>(mbuf) : nullptr;
  }

 private:
  rte_ring* in_ = make_ring("in");
  rte_ring* out_ = make_ring("out");
};

// The caller's media is recorded and doubled on its way to the callee.
class LoopTest : public testing::Test {
 protected:
  LoopTest() {
    plane.resolve(kCallee, kPhoneMac);
    plane.resolve(kCaller, kPhoneMac);
    auto wish = plane.session(3, 35000, at(kCallee, 4000), 35002, at(kCaller, 5000));
    wish.sides[0].flags = abi::kSendTwice;
    wish.sides[1].flags = abi::kCopyRtp;
    EXPECT_EQ(plane.set(wish), abi::Status::kDone);
    std::vector<abi::SlotRing> rings;
    rings.push_back(std::move(ends.producer));
    plane.copies().replace(std::move(rings));
  }
  void comes_in(const UdpSpec& spec) { wire.put_in(plane.mbuf_of(udp_frame(spec), Plane::kWan)); }
  static UdpSpec from_caller(std::size_t payload) {
    UdpSpec spec;
    spec.source_ip = kCaller;
    spec.source_port = 5000;
    spec.destination_port = 35002;
    spec.payload.assign(payload, std::byte{0x5a});
    return spec;
  }
  // Until so many packets have left.
  void run_until(unsigned sent) {
    run_while([&] { return wire.left() < sent; });
  }
  template <typename Condition>
  void run_while(Condition goes_on) {
    std::atomic<bool> stop{false};
    WorkerSetup setup{plane.worker(), {WorkerPort{Plane::kWan}}, 0, rte_rdtsc(), stop};
    plane.shared().table.leave(0);  // The loop enters by itself.
    std::jthread worker([&] { run_worker(setup); });
    while (goes_on()) std::this_thread::yield();
    stop = true;
    worker.join();
    plane.shared().table.enter(0);
  }
  std::vector<std::size_t> lengths_sent() {
    std::vector<std::size_t> lengths;
    while (auto* mbuf = wire.take_out()) {
      lengths.push_back(mbuf->pkt_len - kHeaders);
      rte_pktmbuf_free(mbuf);
    }
    return lengths;
  }

  Plane plane;
  Wire wire{plane.pool()};
  abi::TwoEnds ends = abi::two_ends(256);
};

TEST_F(LoopTest, SmallPacketsLeaveTwiceInOrderAndTheBalanceIsExact) {
  const std::vector<std::size_t> sizes = {160, 20, 127, 128, 0};
  for (const auto size : sizes) comes_in(from_caller(size));
  auto nobodys = from_caller(20);
  nobodys.destination_port = 36000;
  comes_in(nobodys);
  run_until(8);
  EXPECT_EQ(lengths_sent(), (std::vector<std::size_t>{160, 20, 20, 127, 127, 128, 0, 0}));
  const auto& totals = plane.worker().totals;
  EXPECT_EQ(totals.received, 6U);
  EXPECT_EQ(totals.generated, 3U);
  EXPECT_EQ(totals.transmitted, 8U);
  EXPECT_EQ(totals.verdicts[static_cast<std::size_t>(Verdict::kNoSession)], 1U);
}

// The housekeeper is away, or behind.
TEST_F(LoopTest, APuntThatTheHousekeeperHasNoRoomForIsDroppedByName) {
  Frame question(kArpFrameBytes);
  write_arp(question.data(), kArpRequest, {kPhoneMac, ipv4("198.18.0.10")},
            {{}, ipv4("198.18.0.1")}, kBroadcastMac);
  question.resize(60);
  for (int i = 0; i < 100; ++i) wire.put_in(plane.mbuf_of(question, Plane::kWan));
  comes_in(from_caller(160));
  run_until(1);
  EXPECT_EQ(lengths_sent().size(), 1U) << "media does not wait for the slow path";
  const auto& totals = plane.worker().totals;
  const auto punted = totals.verdicts[static_cast<std::size_t>(Verdict::kPunt)].load();
  EXPECT_GT(punted, 0U);
  EXPECT_EQ(punted + totals.verdicts[static_cast<std::size_t>(Verdict::kSlowPathFull)], 100U);
  Punt punt;
  while (plane.worker().punts.pop({&punt, 1}) == 1) plane.outbox().consume(punt.mbuf);
}

// What waits in a driver's queue while the link is down would come out late, when it is up again.
TEST_F(LoopTest, NothingGoesToAPortWithoutALink) {
  plane.shared().links.set(Plane::kWan, false);
  for (int i = 0; i < 40; ++i) comes_in(from_caller(160));
  const auto& totals = plane.worker().totals;
  const auto& dropped = totals.verdicts[static_cast<std::size_t>(Verdict::kLinkDown)];
  run_while([&] { return dropped.load() < 40; });
  EXPECT_EQ(totals.transmitted, 0U);
  plane.shared().links.set(Plane::kWan, true);
  comes_in(from_caller(160));
  run_until(1);
  EXPECT_EQ(lengths_sent().size(), 1U);
  EXPECT_EQ(dropped, 40U);
}

// What the housekeeper has put together is treated as if it had come in, and is not received twice.
TEST_F(LoopTest, WhatWasPutTogetherGoesTheWayOfAllPackets) {
  plane.outbox().hand_in(plane.mbuf_of(udp_frame(from_caller(160)), Plane::kWan), Plane::kWan, 0);
  auto nobodys = from_caller(20);
  nobodys.destination_port = 36000;
  plane.outbox().hand_in(plane.mbuf_of(udp_frame(nobodys), Plane::kWan), Plane::kWan, 0);
  comes_in(from_caller(100));
  run_until(3);
  EXPECT_EQ(lengths_sent(), (std::vector<std::size_t>{160, 100, 100}));
  const auto& totals = plane.worker().totals;
  EXPECT_EQ(totals.received, 1U);
  EXPECT_EQ(totals.verdicts[static_cast<std::size_t>(Verdict::kNoSession)], 1U);
  EXPECT_EQ(plane.housekeeper_totals().generated, 2U);
}

TEST_F(LoopTest, MoreThanABurstOfTwinsLosesNone) {
  for (int i = 0; i < 100; ++i) comes_in(from_caller(20));
  run_until(200);
  EXPECT_EQ(lengths_sent().size(), 200U);
  EXPECT_EQ(plane.worker().totals.generated, 100U);
}

TEST_F(LoopTest, CopiesTellWhenTheirPacketsCame) {
  comes_in(from_caller(160));
  run_until(1);
  lengths_sent();
  abi::Message message;
  ASSERT_EQ(abi::receive(ends.consumer, message), abi::Receipt::kMessage);
  abi::CopiedPacket copy;
  std::span<const std::byte> payload;
  ASSERT_TRUE(message.read(copy, payload));
  EXPECT_EQ(payload.size(), 160U);
  EXPECT_EQ(copy.side, abi::Side::kCaller);
  EXPECT_LT(copy.microseconds, 600'000'000U);
}

}  // namespace
}  // namespace mediaplane::test
