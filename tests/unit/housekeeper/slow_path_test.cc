// SPDX-License-Identifier: BSD-2-Clause
#include "dataplane/housekeeper/slow_path.h"

#include <memory>
#include <vector>

#include <gtest/gtest.h>

#include "dataplane/housekeeper/arp.h"
#include "dataplane/housekeeper/nd.h"
#include "tests/support/frames.h"
#include "tests/unit/eal.h"

namespace mediaplane::test {
namespace {

constexpr MacAddress kOtherMac{{0x02, 0, 0, 0, 0, 0x66}};
const Be32 kOurs = ipv4("198.18.0.1");
const Station kUs6{kRelayMac, *parse_ip("2001:db8::1")};
const Station kPhone6{kPhoneMac, *parse_ip("2001:db8::10")};

class SlowPathTest : public testing::Test {
 protected:
  SlowPathTest() {
    LocalPort port;
    port.mac = kRelayMac;
    port.add_address(*parse_prefix("198.18.0.1/24"), 0);
    port.add_address(*parse_prefix("2001:db8::1/64"), 1);
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
  template <typename Write>
  void punt_written(Write write) {
    Frame frame(kMaxDiscoveryBytes);
    frame.resize(write(frame.data()));
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
  Fragments fragments_{
      ports_,
      {pool_, pool_, [](const rte_mbuf&, std::uint16_t, std::uint32_t) { return 0U; }},
      neighbours_,
      outbox_};
  SlowPath slow_path_{ports_, neighbours_, fragments_, outbox_};
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
  EXPECT_EQ(sent().size(), 1U) << "our announcement, and no answer";
  EXPECT_EQ(dropped(Verdict::kAddressConflict), 2U);
  const auto conflict = slow_path_.take_conflict();
  ASSERT_TRUE(conflict);
  EXPECT_EQ(conflict->mac, kOtherMac);
  EXPECT_FALSE(slow_path_.take_conflict()) << "told once";
}

TEST_F(SlowPathTest, AnAddressIsDefendedThriceAndAgainAfterTenSeconds) {
  const auto claims = [&](int times) {
    for (int i = 0; i < times; ++i) punt_arp(kArpRequest, {kOtherMac, kOurs}, kOurs);
    return sent();
  };
  const auto frames = claims(1000);
  ASSERT_EQ(frames.size(), 1U);
  const auto arp = read_arp(frames[0]);
  ASSERT_TRUE(arp);
  EXPECT_EQ(arp->sender_mac, kRelayMac);
  EXPECT_EQ(arp->sender_ip, kOurs);
  EXPECT_EQ(arp->target_ip, kOurs);
  punt_written([](auto* frame) { return write_advertisement(frame, {kOtherMac, kUs6.ip}); });
  EXPECT_EQ(sent().size(), 1U) << "another address";
  std::size_t announcements = 0;
  for (int i = 0; i < 1199; ++i) {
    slow_path_.tick(++now_);
    announcements += claims(1).size();
  }
  EXPECT_EQ(announcements, 4U) << "two more for each";
  slow_path_.tick(++now_);
  EXPECT_EQ(claims(10).size(), 1U);
}

// A neighbour exists because a call needs it.
TEST_F(SlowPathTest, AMillionWhoAskLeaveNothing) {
  const auto phone = neighbours_.acquire(0, IpAddress::from_ipv4(ipv4("198.18.0.10")),
                                         {kRelayMac, IpAddress::from_ipv4(kOurs)}, now_);
  punt_arp(kArpReply, {kPhoneMac, ipv4("198.18.0.10")}, kOurs);
  sent();
  std::uint64_t answers = 0;
  for (std::uint32_t i = 0; i < 1'000'000; ++i) {
    const MacAddress mac{{0x06, 0, static_cast<std::uint8_t>(i >> 24),
                          static_cast<std::uint8_t>(i >> 16), static_cast<std::uint8_t>(i >> 8),
                          static_cast<std::uint8_t>(i)}};
    punt_arp(i % 2 == 0 ? kArpRequest : kArpReply, {mac, be32(0x0b000000 + i)}, kOurs);
    if (i % 100 == 0) answers += sent().size();
  }
  answers += sent().size();
  EXPECT_EQ(answers, 500'000U) << "who asks is answered";
  EXPECT_EQ(neighbours_.all().size(), 1U);
  EXPECT_EQ(macs_.find(phone).mac(), kPhoneMac);
}

// Answers need no buffer of their own, and our questions wait until there is one.
TEST_F(SlowPathTest, WithoutBuffersWhoAsksIsAnsweredAndWeAskLater) {
  Frame question(kArpFrameBytes);
  write_arp(question.data(), kArpRequest, {kPhoneMac, ipv4("198.18.0.10")}, {{}, kOurs},
            kBroadcastMac);
  auto* last = rte_pktmbuf_alloc(pool_);
  std::vector<rte_mbuf*> taken;
  while (auto* mbuf = rte_pktmbuf_alloc(pool_)) taken.push_back(mbuf);
  rte_pktmbuf_free(last);
  punt(question);
  neighbours_.acquire(0, IpAddress::from_ipv4(ipv4("198.18.0.20")),
                      {kRelayMac, IpAddress::from_ipv4(kOurs)}, now_);
  slow_path_.announce(0, now_);
  slow_path_.tick(++now_);
  neighbours_.tick(now_);
  EXPECT_EQ(rte_mempool_avail_count(pool_), 0U);
  const auto answers = sent();
  ASSERT_EQ(answers.size(), 1U);
  EXPECT_EQ(read_arp(answers[0])->operation, be16(kArpReply));
  for (auto* mbuf : taken) rte_pktmbuf_free(mbuf);
  neighbours_.tick(++now_);
  EXPECT_EQ(sent().size(), 1U) << "asked at once when there is one again";
}

TEST_F(SlowPathTest, IsSeenByOneFrameToEverybody) {
  slow_path_.be_seen(0);
  const auto frames = sent();
  ASSERT_EQ(frames.size(), 1U);
  const auto ethernet = load<EthernetHeader>(frames[0].data());
  EXPECT_EQ(ethernet.source, kRelayMac);
  EXPECT_EQ(ethernet.destination, kBroadcastMac);
  EXPECT_EQ(read_arp(frames[0])->target_ip, kOurs);
}

TEST_F(SlowPathTest, LinkUpProbesAndAnnouncesThreeTimes) {
  slow_path_.announce(0, now_);
  std::size_t probes = 0;
  std::size_t announcements = 0;
  std::size_t probes6 = 0;
  std::size_t announcements6 = 0;
  for (Tick i = 0; i < 500; ++i) {
    slow_path_.tick(now_ + i);
    for (const auto& frame : sent()) {
      if (is_ipv6(frame)) {
        const auto nd = read_nd(frame, read_icmp6(frame));
        ASSERT_TRUE(nd);
        EXPECT_EQ(nd->asks ? nd->target : nd->sender.ip, kUs6.ip);
        EXPECT_EQ(nd->asks, nd->sender.ip.is_null());
        (nd->asks ? probes6 : announcements6) += 1;
        continue;
      }
      const auto arp = read_arp(frame);
      ASSERT_TRUE(arp);
      EXPECT_EQ(arp->target_ip, kOurs);
      (arp->sender_ip == kOurs ? announcements : probes) += 1;
    }
  }
  EXPECT_EQ(probes, 3U);
  EXPECT_EQ(announcements, 3U);
  EXPECT_EQ(probes6, 3U);
  EXPECT_EQ(announcements6, 3U);
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

TEST_F(SlowPathTest, ASolicitationForUsIsAnsweredToItsAsker) {
  for (const MacAddress* known : {static_cast<const MacAddress*>(nullptr), &kRelayMac}) {
    punt_written(
        [&](std::byte* frame) { return write_solicitation(frame, kPhone6, kUs6.ip.bytes, known); });
    const auto frames = sent();
    ASSERT_EQ(frames.size(), 1U);
    EXPECT_EQ(load<EthernetHeader>(frames[0].data()).destination, kPhoneMac);
    const auto ip = load<Ipv6Header>(frames[0].data() + kIpAt);
    EXPECT_EQ(ip.destination, kPhone6.ip.bytes);
    EXPECT_EQ(ip.hop_limit, 255);
    const auto answer = read_nd(frames[0], read_icmp6(frames[0]));
    ASSERT_TRUE(answer);
    EXPECT_TRUE(answer->answers);
    EXPECT_EQ(answer->sender.mac, kRelayMac);
    EXPECT_EQ(answer->sender.ip, kUs6.ip);
  }
}

TEST_F(SlowPathTest, AProbeForOurIpv6AddressIsAnsweredToAllNodes) {
  punt_written([&](std::byte* frame) {
    return write_duplicate_probe(frame, {kOtherMac, kUs6.ip});
  });
  const auto frames = sent();
  ASSERT_EQ(frames.size(), 1U);
  EXPECT_EQ(load<Ipv6Header>(frames[0].data() + kIpAt).destination, kAllNodes);
  EXPECT_EQ(load<EthernetHeader>(frames[0].data()).destination, multicast_mac_of(kAllNodes));
  const auto answer = read_nd(frames[0], read_icmp6(frames[0]));
  ASSERT_TRUE(answer);
  EXPECT_FALSE(answer->answers) << "solicited is for unicast";
  EXPECT_FALSE(slow_path_.take_conflict()) << "the other one shall yield";
}

TEST_F(SlowPathTest, AnotherStationThatAdvertisesOurIpv6AddressIsReported) {
  punt_written([&](std::byte* frame) { return write_advertisement(frame, {kOtherMac, kUs6.ip}); });
  EXPECT_EQ(sent().size(), 1U) << "our announcement, and no answer";
  EXPECT_EQ(dropped(Verdict::kAddressConflict), 1U);
  const auto conflict = slow_path_.take_conflict();
  ASSERT_TRUE(conflict);
  EXPECT_EQ(conflict->mac, kOtherMac);
  EXPECT_EQ(conflict->ip, kUs6.ip);
  punt_written([&](std::byte* frame) { return write_advertisement(frame, kUs6); });
  EXPECT_FALSE(slow_path_.take_conflict()) << "our own, come back round a loop";
}

TEST_F(SlowPathTest, OnlyASolicitedAdvertisementTeachesANeighbour) {
  const auto index = neighbours_.acquire(0, kPhone6.ip, kUs6, now_);
  sent();
  punt_written([&](std::byte* frame) {
    return write_advertisement(frame, {kOtherMac, kPhone6.ip});
  });
  EXPECT_TRUE(macs_.find(index).is_unknown());
  punt_written(
      [&](std::byte* frame) { return write_solicited_advertisement(frame, kPhone6, kUs6); });
  ASSERT_TRUE(macs_.find(index).is_known());
  EXPECT_EQ(macs_.find(index).mac(), kPhoneMac);
  EXPECT_EQ(totals_.consumed.load(), 2U);
  neighbours_.release(index, now_);
}

TEST_F(SlowPathTest, AnAnswerToSomebodyElseTeachesNoNeighbour) {
  const auto phone = ipv4("198.18.0.10");
  const auto index = neighbours_.acquire(0, IpAddress::from_ipv4(phone),
                                         {kRelayMac, IpAddress::from_ipv4(kOurs)}, now_);
  sent();
  punt_arp(kArpReply, {kOtherMac, phone}, phone);  // An announcement in the form of an answer.
  EXPECT_TRUE(macs_.find(index).is_unknown());
  punt_arp(kArpReply, {kPhoneMac, phone}, kOurs);
  ASSERT_TRUE(macs_.find(index).is_known());
  EXPECT_EQ(macs_.find(index).mac(), kPhoneMac);
  neighbours_.release(index, now_);
}

TEST_F(SlowPathTest, DiscoveryFromBeyondARouterIsRefused) {
  Frame frame(kMaxDiscoveryBytes);
  write_solicitation(frame.data(), kPhone6, kUs6.ip.bytes, nullptr);
  auto ip = load<Ipv6Header>(frame.data() + kIpAt);
  ip.hop_limit = 254;
  store(frame.data() + kIpAt, ip);
  punt(frame);
  EXPECT_TRUE(sent().empty());
  EXPECT_EQ(dropped(Verdict::kBadNd), 1U);
}

TEST_F(SlowPathTest, PingsOfBothFamiliesShareOneBucket) {
  const auto ping6 = echo6_frame({}, 56);
  for (int i = 0; i < 80; ++i) punt(ping6);
  EXPECT_EQ(sent().size(), 50U);
  EXPECT_EQ(dropped(Verdict::kRateLimited), 30U);
}

}  // namespace
}  // namespace mediaplane::test
