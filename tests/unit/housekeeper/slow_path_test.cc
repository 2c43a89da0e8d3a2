// SPDX-License-Identifier: BSD-2-Clause
#include "dataplane/housekeeper/slow_path.h"

#include <memory>
#include <vector>

#include <gtest/gtest.h>

#include "tests/support/frames.h"
#include "tests/unit/eal.h"

namespace mediaplane::test {
namespace {

constexpr MacAddress kOtherMac{{0x02, 0, 0, 0, 0, 0x66}};
const Be32 kOurs = ipv4("198.18.0.1");

class SlowPathTest : public testing::Test {
 protected:
  SlowPathTest() {
    LocalPort port;
    port.mac = kRelayMac;
    port.addresses = {{kOurs, ipv4("198.18.0.255"), 0}};
    ports_.push_back(port);
  }
  ~SlowPathTest() override {
    sent();
    EXPECT_EQ(rte_mempool_in_use_count(pool_), 0U);
    rte_mempool_free(pool_);
  }

  void punt(const Frame& frame) {
    auto* mbuf = rte_pktmbuf_alloc(pool_);
    rte_pktmbuf_append(mbuf, static_cast<std::uint16_t>(frame.size()));
    std::copy(frame.begin(), frame.end(), rte_pktmbuf_mtod(mbuf, std::byte*));
    slow_path_.handle({mbuf, Verdict::kPunt, 0, kNoNeighbour, 0, 0}, now_);
  }
  void punt_arp(std::uint16_t operation, const ArpParty& sender, Be32 target) {
    Frame frame(kArpFrameBytes);
    write_arp(frame.data(), operation, sender, {{}, target}, kBroadcastMac);
    punt(frame);
  }
  std::vector<Frame> sent() {
    std::vector<Frame> frames;
    Injection injection;
    while (injections_->pop({&injection, 1}) == 1) {
      const auto* data = rte_pktmbuf_mtod(injection.mbuf, const std::byte*);
      frames.emplace_back(data, data + injection.mbuf->data_len);
      rte_pktmbuf_free(injection.mbuf);
    }
    return frames;
  }
  std::uint64_t dropped(Verdict verdict) const {
    return totals_.verdicts[static_cast<std::size_t>(verdict)].load();
  }

  Tick now_ = 1000;
  std::vector<LocalPort> ports_;
  rte_mempool* pool_ =
      rte_pktmbuf_pool_create("slow_path", 255, 0, 0, RTE_MBUF_DEFAULT_BUF_SIZE, SOCKET_ID_ANY);
  std::unique_ptr<ValueRing<Injection>> injections_ = ValueRing<Injection>::create(256);
  abi::LcoreTotals totals_;
  Outbox outbox_{pool_, {injections_.get()}, totals_};
  NeighbourMacs macs_;
  NeighbourTable neighbours_{macs_, outbox_};
  SlowPath slow_path_{ports_, neighbours_, outbox_};
};

TEST_F(SlowPathTest, AQuestionForUsIsAnswered) {
  for (const auto asker : {ipv4("198.18.0.10"), Be32{0}}) {  // 0.0.0.0: a probe for duplicates.
    punt_arp(kArpRequest, {kPhoneMac, asker}, kOurs);
    const auto frames = sent();
    ASSERT_EQ(frames.size(), 1U);
    const auto answer = read_arp(frames[0]);
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->operation, be16(kArpReply));
    EXPECT_EQ(answer->sender_mac, kRelayMac);
    EXPECT_EQ(answer->sender_ip, kOurs);
    EXPECT_EQ(answer->target_mac, kPhoneMac);
    EXPECT_EQ(load<EthernetHeader>(frames[0].data()).destination, kPhoneMac);
  }
}

TEST_F(SlowPathTest, AnotherStationWithOurAddressIsReportedAndNotAnswered) {
  punt_arp(kArpRequest, {kOtherMac, kOurs}, ipv4("198.18.0.10"));
  punt_arp(kArpReply, {kOtherMac, kOurs}, kOurs);
  EXPECT_TRUE(sent().empty());
  EXPECT_EQ(dropped(Verdict::kAddressConflict), 2U);
  const auto conflict = slow_path_.take_conflict();
  ASSERT_TRUE(conflict);
  EXPECT_EQ(conflict->mac, kOtherMac);
  EXPECT_FALSE(slow_path_.take_conflict()) << "told once";
}

TEST_F(SlowPathTest, LinkUpProbesAndAnnouncesThreeTimes) {
  slow_path_.announce(0, now_);
  std::size_t probes = 0;
  std::size_t announcements = 0;
  for (Tick i = 0; i < 500; ++i) {
    slow_path_.tick(now_ + i);
    for (const auto& frame : sent()) {
      const auto arp = read_arp(frame);
      ASSERT_TRUE(arp);
      EXPECT_EQ(arp->target_ip, kOurs);
      (arp->sender_ip == kOurs ? announcements : probes) += 1;
    }
  }
  EXPECT_EQ(probes, 3U);
  EXPECT_EQ(announcements, 3U);
}

TEST_F(SlowPathTest, PingsAreAnsweredFiftyAtOnceAndAThousandASecond) {
  UdpSpec spec;
  spec.payload.assign(8, std::byte{0});
  auto frame = udp_frame(spec);
  store(frame.data() + 34, IcmpHeader{kIcmpEchoRequest, 0, Be16{0}, be16(1), be16(1)});
  std::fill(frame.begin() + 42, frame.end(), std::byte{0});
  auto icmp = load<IcmpHeader>(frame.data() + 34);
  icmp.checksum = checksum_of(sum_of(std::span<const std::byte>(frame).subspan(34)));
  store(frame.data() + 34, icmp);
  for (int i = 0; i < 80; ++i) punt(frame);
  EXPECT_EQ(sent().size(), 50U);
  EXPECT_EQ(dropped(Verdict::kRateLimited), 30U);
  ++now_;
  for (int i = 0; i < 80; ++i) punt(frame);
  EXPECT_EQ(sent().size(), 10U);
}

}  // namespace
}  // namespace mediaplane::test
