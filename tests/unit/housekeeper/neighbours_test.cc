// SPDX-License-Identifier: BSD-2-Clause
#include "dataplane/housekeeper/neighbours.h"

#include <memory>
#include <vector>

#include <gtest/gtest.h>

#include "tests/support/frames.h"
#include "tests/unit/eal.h"

namespace mediaplane::test {
namespace {

constexpr MacAddress kMac{{0x02, 0, 0, 0, 0, 0x10}};
constexpr MacAddress kOtherMac{{0x02, 0, 0, 0, 0, 0x66}};
const ArpParty kUs{kRelayMac, ipv4("198.18.0.1")};
const Be32 kPhone = ipv4("198.18.0.10");

struct Sent {
  MacAddress to;
  std::uint16_t ether_type;
};

class NeighboursTest : public testing::Test {
 protected:
  ~NeighboursTest() override {
    table_.drop_held(Verdict::kStopping);
    sent();
    EXPECT_EQ(rte_mempool_in_use_count(pool_), 0U);
    rte_mempool_free(pool_);
  }

  // Everything sent since the last call.
  std::vector<Sent> sent() {
    std::vector<Sent> all;
    Injection injection;
    while (injections_->pop({&injection, 1}) == 1) {
      const auto ethernet =
          load<EthernetHeader>(rte_pktmbuf_mtod(injection.mbuf, const std::byte*));
      all.push_back({ethernet.destination, ethernet.ether_type.host()});
      rte_pktmbuf_free(injection.mbuf);
    }
    return all;
  }
  rte_mbuf* media() {
    auto* mbuf = rte_pktmbuf_alloc(pool_);
    rte_pktmbuf_append(mbuf, 60);
    store(rte_pktmbuf_mtod(mbuf, std::byte*), EthernetHeader{{}, kRelayMac, be16(kEtherTypeIpv4)});
    return mbuf;
  }
  void pass(Tick ticks) {
    for (Tick i = 0; i < ticks; ++i) table_.tick(++now_);
  }
  std::uint64_t unresolved() const {
    return totals_.verdicts[static_cast<std::size_t>(Verdict::kUnresolved)].load();
  }
  bool is_known(NeighbourIndex index, const MacAddress& mac) const {
    MacAddress found{};
    return macs_.find(index, found) == NeighbourMacs::Finding::kKnown && found == mac;
  }

  Tick now_ = 1000;
  rte_mempool* pool_ =
      rte_pktmbuf_pool_create("neighbours", 127, 0, 0, RTE_MBUF_DEFAULT_BUF_SIZE, SOCKET_ID_ANY);
  std::unique_ptr<ValueRing<Injection>> injections_ = ValueRing<Injection>::create(128);
  abi::LcoreTotals totals_;
  Outbox outbox_{pool_, {injections_.get()}, totals_};
  NeighbourMacs macs_;
  NeighbourTable table_{macs_, outbox_};
};

TEST_F(NeighboursTest, AsksThreeTimesASecondApartThenGivesUp) {
  const auto index = table_.acquire(0, kPhone, kUs, now_);
  EXPECT_EQ(sent().size(), 1U);
  pass(99);
  EXPECT_EQ(sent().size(), 0U);
  pass(1);
  EXPECT_EQ(sent().size(), 1U);
  pass(100);
  EXPECT_EQ(sent().size(), 1U);
  table_.hold(index, media(), now_);
  pass(100);
  EXPECT_EQ(sent().size(), 0U);
  EXPECT_EQ(unresolved(), 1U);
  EXPECT_EQ(table_.held(), 0U);
}

// Workers drop for a next hop that does not answer, so that its packets do not fill the slow path;
// a second later one packet makes us ask again.
TEST_F(NeighboursTest, ASilentOneIsKnownAsSuchForASecond) {
  MacAddress mac{};
  const auto index = table_.acquire(0, kPhone, kUs, now_);
  EXPECT_EQ(macs_.find(index, mac), NeighbourMacs::Finding::kUnknown);
  pass(300);
  EXPECT_EQ(macs_.find(index, mac), NeighbourMacs::Finding::kSilent);
  pass(100);
  EXPECT_EQ(macs_.find(index, mac), NeighbourMacs::Finding::kUnknown);
  EXPECT_EQ(macs_.find(kNoNeighbour, mac), NeighbourMacs::Finding::kSilent) << "no route";
  sent();
}

TEST_F(NeighboursTest, AnAnswerSendsWhatWasHeld) {
  const auto index = table_.acquire(0, kPhone, kUs, now_);
  sent();
  for (int i = 0; i < 3; ++i) table_.hold(index, media(), now_);
  table_.learn(0, kPhone, kMac, true, now_);
  const auto packets = sent();
  ASSERT_EQ(packets.size(), 3U);
  EXPECT_EQ(packets[0].to, kMac);
  EXPECT_EQ(packets[0].ether_type, kEtherTypeIpv4);
  EXPECT_TRUE(is_known(index, kMac));
  EXPECT_EQ(table_.held(), 0U);
}

TEST_F(NeighboursTest, OnlyTheNewestPacketsAreHeld) {
  const auto index = table_.acquire(0, kPhone, kUs, now_);
  for (int i = 0; i < 10; ++i) table_.hold(index, media(), now_);
  EXPECT_EQ(table_.held(), NeighbourTable::kHeldPackets);
  EXPECT_EQ(unresolved(), 10 - NeighbourTable::kHeldPackets);
}

TEST_F(NeighboursTest, OneThatDoesNotAnswerIsAskedAgainWhenPacketsCome) {
  const auto index = table_.acquire(0, kPhone, kUs, now_);
  pass(301);
  sent();
  pass(100);
  EXPECT_EQ(sent().size(), 0U);
  table_.hold(index, media(), now_);
  EXPECT_EQ(sent().size(), 1U);
}

TEST_F(NeighboursTest, IsConfirmedByUnicastAfterThirtySecondsAndUsedMeanwhile) {
  const auto index = table_.acquire(0, kPhone, kUs, now_);
  table_.learn(0, kPhone, kMac, true, now_);
  sent();
  pass(2999);
  EXPECT_EQ(sent().size(), 0U);
  pass(1);
  auto questions = sent();
  ASSERT_EQ(questions.size(), 1U);
  EXPECT_EQ(questions[0].to, kMac);
  pass(100);
  questions = sent();
  ASSERT_EQ(questions.size(), 1U);
  EXPECT_EQ(questions[0].to, kBroadcastMac);
  EXPECT_TRUE(is_known(index, kMac));
}

TEST_F(NeighboursTest, StrangersCreateNothing) {
  table_.learn(0, kPhone, kOtherMac, true, now_);
  table_.learn(0, kPhone, kOtherMac, false, now_);
  pass(1);
  EXPECT_EQ(sent().size(), 0U);
  const auto index = table_.acquire(0, kPhone, kUs, now_);
  EXPECT_FALSE(is_known(index, kOtherMac));
}

TEST_F(NeighboursTest, AnAnnouncementMakesUsAskAndOnlyTheAnswerCounts) {
  const auto index = table_.acquire(0, kPhone, kUs, now_);
  table_.learn(0, kPhone, kMac, true, now_);
  sent();
  pass(100);
  table_.learn(0, kPhone, kOtherMac, false, now_);
  table_.learn(0, kPhone, kOtherMac, true, now_);
  pass(1);
  EXPECT_EQ(sent().size(), 0U) << "confirmed less than 5 s ago";
  EXPECT_TRUE(is_known(index, kMac));
  pass(400);
  const auto questions = sent();
  ASSERT_EQ(questions.size(), 1U);
  EXPECT_EQ(questions[0].to, kBroadcastMac);
  table_.learn(0, kPhone, kOtherMac, true, now_);
  EXPECT_TRUE(is_known(index, kOtherMac)) << "it answered our question";
}

TEST_F(NeighboursTest, AtMostAHundredQuestionsASecond) {
  for (std::uint32_t i = 0; i < 120; ++i) table_.acquire(0, be32(0x0a000000 + i), kUs, now_);
  EXPECT_EQ(sent().size(), 100U);
  pass(100);
  EXPECT_LE(sent().size(), 100U);
}

TEST_F(NeighboursTest, IsForgottenWithItsLastUser) {
  const auto index = table_.acquire(0, kPhone, kUs, now_);
  EXPECT_EQ(table_.acquire(0, kPhone, kUs, now_), index);
  table_.learn(0, kPhone, kMac, true, now_);
  table_.release(index, now_);
  EXPECT_TRUE(is_known(index, kMac));
  table_.release(index, now_);
  EXPECT_FALSE(is_known(index, kMac));
}

TEST_F(NeighboursTest, ANumberRestsBeforeItIsAnothersSoThatNoOldEntryLeadsAstray) {
  const auto first = table_.acquire(0, kPhone, kUs, now_);
  table_.release(first, now_);
  EXPECT_NE(table_.acquire(0, ipv4("198.18.0.11"), kUs, now_), first);
  pass(10);
  EXPECT_EQ(table_.acquire(0, ipv4("198.18.0.12"), kUs, now_), first);
}

TEST_F(NeighboursTest, TheTableIsBoundedByPort) {
  for (std::uint32_t i = 0; i < kMaxNeighboursOfPort; ++i) {
    ASSERT_NE(table_.acquire(0, be32(0x0a000000 + i), kUs, now_), kNoNeighbour) << i;
  }
  EXPECT_EQ(table_.acquire(0, kPhone, kUs, now_), kNoNeighbour);
  EXPECT_NE(table_.acquire(1, kPhone, kUs, now_), kNoNeighbour);
  sent();
}

TEST_F(NeighboursTest, APinnedGatewayIsNeverAsked) {
  const auto index = table_.pin(0, kPhone, kMac, now_);
  EXPECT_EQ(table_.acquire(0, kPhone, kUs, now_), index);
  table_.learn(0, kPhone, kOtherMac, true, now_);
  pass(4000);
  EXPECT_EQ(sent().size(), 0U);
  EXPECT_TRUE(is_known(index, kMac));
}

}  // namespace
}  // namespace mediaplane::test
