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
// The table does the same in both families; what it sends is the family's.
struct Family {
  const char* name;
  Station us;
  IpAddress phone;
  std::uint16_t question;  // EtherType
  MacAddress everybody;    // Where a question goes when the MAC is not known.
};

const Family kFamilies[] = {
    {"Arp",
     {kRelayMac, *parse_ip("198.18.0.1")},
     *parse_ip("198.18.0.10"),
     kEtherTypeArp,
     kBroadcastMac},
    {"NeighbourDiscovery",
     {kRelayMac, *parse_ip("2001:db8::1")},
     *parse_ip("fe80::12:3456"),
     kEtherTypeIpv6,
     {{0x33, 0x33, 0xff, 0x12, 0x34, 0x56}}},
};

struct Sent {
  MacAddress to;
  std::uint16_t ether_type;
};

class NeighboursTest : public testing::TestWithParam<Family> {
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
  std::uint64_t dropped(Verdict verdict) const {
    return totals_.verdicts[static_cast<std::size_t>(verdict)].load();
  }
  std::uint64_t unresolved() const { return dropped(Verdict::kUnresolved); }
  bool is_known(NeighbourIndex index, const MacAddress& mac) const {
    const auto found = macs_.find(index);
    return found.is_known() && found.mac() == mac;
  }

  // The phones beside it, by number.
  IpAddress neighbour(std::uint32_t number) const {
    auto ip = phone_;
    const auto at = ip.family == IpFamily::kIpv4 ? 1U : 9U;
    for (unsigned i = 0; i < 3; ++i) {
      ip.bytes[at + i] = static_cast<std::uint8_t>((number + 1) >> (8 * (2 - i)));
    }
    return ip;
  }

  const Station us_ = GetParam().us;
  const IpAddress phone_ = GetParam().phone;
  Tick now_ = 1000;
  rte_mempool* pool_ =
      rte_pktmbuf_pool_create("neighbours", 127, 0, 0, RTE_MBUF_DEFAULT_BUF_SIZE, SOCKET_ID_ANY);
  std::unique_ptr<ValueRing<Injection>> injections_ = ValueRing<Injection>::create(128);
  abi::LcoreTotals totals_;
  Outbox outbox_{pool_, {injections_.get()}, totals_};
  NeighbourMacs macs_;
  NeighbourTable table_{macs_, outbox_};
};

TEST_P(NeighboursTest, AsksThreeTimesASecondApartThenGivesUp) {
  const auto index = table_.acquire(0, phone_, us_, now_);
  const auto first = sent();
  ASSERT_EQ(first.size(), 1U);
  EXPECT_EQ(first[0].to, GetParam().everybody);
  EXPECT_EQ(first[0].ether_type, GetParam().question);
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
TEST_P(NeighboursTest, ASilentOneIsKnownAsSuchForASecond) {
  const auto index = table_.acquire(0, phone_, us_, now_);
  EXPECT_TRUE(macs_.find(index).is_unknown());
  pass(300);
  EXPECT_TRUE(macs_.find(index).is_silent());
  pass(100);
  EXPECT_TRUE(macs_.find(index).is_unknown());
  EXPECT_TRUE(macs_.find(kNoNeighbour).is_silent()) << "no route";
  sent();
}

TEST_P(NeighboursTest, AnAnswerSendsWhatWasHeld) {
  const auto index = table_.acquire(0, phone_, us_, now_);
  sent();
  for (int i = 0; i < 3; ++i) table_.hold(index, media(), now_);
  table_.learn(0, phone_, kMac, true, now_);
  const auto packets = sent();
  ASSERT_EQ(packets.size(), 3U);
  EXPECT_EQ(packets[0].to, kMac);
  EXPECT_EQ(packets[0].ether_type, kEtherTypeIpv4);
  EXPECT_TRUE(is_known(index, kMac));
  EXPECT_EQ(table_.held(), 0U);
}

TEST_P(NeighboursTest, OnlyTheNewestPacketsAreHeld) {
  const auto index = table_.acquire(0, phone_, us_, now_);
  for (int i = 0; i < 10; ++i) table_.hold(index, media(), now_);
  EXPECT_EQ(table_.held(), NeighbourTable::kHeldPackets);
  EXPECT_EQ(unresolved(), 10 - NeighbourTable::kHeldPackets);
}

TEST_P(NeighboursTest, OneThatDoesNotAnswerIsAskedAgainWhenPacketsCome) {
  const auto index = table_.acquire(0, phone_, us_, now_);
  pass(301);
  sent();
  pass(100);
  EXPECT_EQ(sent().size(), 0U);
  table_.hold(index, media(), now_);
  EXPECT_EQ(sent().size(), 1U);
}

TEST_P(NeighboursTest, IsConfirmedByUnicastAfterThirtySecondsAndUsedMeanwhile) {
  const auto index = table_.acquire(0, phone_, us_, now_);
  table_.learn(0, phone_, kMac, true, now_);
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
  EXPECT_EQ(questions[0].to, GetParam().everybody);
  EXPECT_TRUE(is_known(index, kMac));
}

TEST_P(NeighboursTest, StrangersCreateNothing) {
  table_.learn(0, phone_, kOtherMac, true, now_);
  table_.learn(0, phone_, kOtherMac, false, now_);
  pass(1);
  EXPECT_EQ(sent().size(), 0U);
  const auto index = table_.acquire(0, phone_, us_, now_);
  EXPECT_FALSE(is_known(index, kOtherMac));
}

TEST_P(NeighboursTest, AnAnnouncementMakesUsAskAndOnlyTheAnswerCounts) {
  const auto index = table_.acquire(0, phone_, us_, now_);
  table_.learn(0, phone_, kMac, true, now_);
  sent();
  pass(100);
  table_.learn(0, phone_, kOtherMac, false, now_);
  table_.learn(0, phone_, kOtherMac, true, now_);
  pass(1);
  EXPECT_EQ(sent().size(), 0U) << "confirmed less than 5 s ago";
  EXPECT_TRUE(is_known(index, kMac));
  pass(400);
  const auto questions = sent();
  ASSERT_EQ(questions.size(), 1U);
  EXPECT_EQ(questions[0].to, GetParam().everybody);
  table_.learn(0, phone_, kOtherMac, true, now_);
  EXPECT_TRUE(is_known(index, kOtherMac)) << "it answered our question";
}

TEST_P(NeighboursTest, AtMostAHundredQuestionsASecond) {
  for (std::uint32_t i = 0; i < 120; ++i) table_.acquire(0, neighbour(i), us_, now_);
  EXPECT_EQ(sent().size(), 100U);
  pass(100);
  EXPECT_LE(sent().size(), 100U);
}

TEST_P(NeighboursTest, IsForgottenWithItsLastUser) {
  const auto index = table_.acquire(0, phone_, us_, now_);
  EXPECT_EQ(table_.acquire(0, phone_, us_, now_), index);
  table_.learn(0, phone_, kMac, true, now_);
  table_.release(index, now_);
  EXPECT_TRUE(is_known(index, kMac));
  table_.release(index, now_);
  EXPECT_FALSE(is_known(index, kMac));
}

TEST_P(NeighboursTest, ANumberRestsBeforeItIsAnothersSoThatNoOldEntryLeadsAstray) {
  const auto first = table_.acquire(0, phone_, us_, now_);
  table_.release(first, now_);
  EXPECT_NE(table_.acquire(0, neighbour(11), us_, now_), first);
  pass(10);
  EXPECT_EQ(table_.acquire(0, neighbour(12), us_, now_), first);
}

TEST_P(NeighboursTest, TheTableIsBoundedByPort) {
  for (std::uint32_t i = 0; i < kMaxNeighboursOfPort; ++i) {
    ASSERT_NE(table_.acquire(0, neighbour(i), us_, now_), kNoNeighbour) << i;
  }
  EXPECT_EQ(table_.acquire(0, phone_, us_, now_), kNoNeighbour);
  EXPECT_NE(table_.acquire(1, phone_, us_, now_), kNoNeighbour);
  sent();
}

TEST_P(NeighboursTest, APinnedGatewayIsNeverAsked) {
  const auto index = table_.pin(0, phone_, kMac, now_);
  EXPECT_EQ(table_.acquire(0, phone_, us_, now_), index);
  table_.learn(0, phone_, kOtherMac, true, now_);
  pass(4000);
  EXPECT_EQ(sent().size(), 0U);
  EXPECT_TRUE(is_known(index, kMac));
}

TEST_P(NeighboursTest, PinningTwiceIsOneNeighbour) {
  const auto index = table_.pin(0, phone_, kMac, now_);
  EXPECT_EQ(table_.pin(0, phone_, kMac, now_), index);
  EXPECT_EQ(table_.all().size(), 1U);
}

TEST_P(NeighboursTest, NobodyIsForgottenWhileTheLinkIsDown) {
  const auto known = table_.acquire(0, phone_, us_, now_);
  table_.learn(0, phone_, kMac, true, now_);
  const auto asked = table_.acquire(0, neighbour(1), us_, now_);
  for (int i = 0; i < 2; ++i) table_.hold(asked, media(), now_);
  table_.link_changed(0, false, now_);
  EXPECT_EQ(table_.held(), 0U);
  table_.hold(asked, media(), now_);
  EXPECT_EQ(dropped(Verdict::kLinkDown), 3U);
  sent();
  pass(20000);
  EXPECT_EQ(sent().size(), 0U);
  EXPECT_TRUE(is_known(known, kMac));
  table_.link_changed(0, true, now_);
  const auto questions = sent();
  ASSERT_EQ(questions.size(), 2U);
  EXPECT_EQ(questions[0].to, kMac);
  EXPECT_EQ(questions[1].to, GetParam().everybody);
}

TEST_P(NeighboursTest, WhoWasSilentIsAskedAtOnceWhenTheLinkComesUp) {
  const auto index = table_.acquire(0, phone_, us_, now_);
  pass(300);
  EXPECT_TRUE(macs_.find(index).is_silent());
  table_.link_changed(0, false, now_);
  sent();
  table_.link_changed(0, true, now_);
  EXPECT_TRUE(macs_.find(index).is_unknown()) << "packets are held for it";
  EXPECT_EQ(sent().size(), 1U);
  table_.link_changed(1, true, now_);
  EXPECT_EQ(sent().size(), 0U) << "another port";
}

// fe80::1 is another router on another port.
TEST_P(NeighboursTest, TheSameAddressOnAnotherPortIsAnotherNeighbour) {
  const auto index = table_.acquire(0, phone_, us_, now_);
  EXPECT_NE(table_.acquire(1, phone_, us_, now_), index);
  table_.learn(1, phone_, kMac, true, now_);
  EXPECT_FALSE(is_known(index, kMac));
  sent();
}

INSTANTIATE_TEST_SUITE_P(, NeighboursTest, testing::ValuesIn(kFamilies),
                         [](const auto& row) { return row.param.name; });

}  // namespace
}  // namespace mediaplane::test
