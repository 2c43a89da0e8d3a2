// SPDX-License-Identifier: BSD-2-Clause
#include "controlplane/call/udp_port_pool.h"

#include <map>
#include <set>

#include <gtest/gtest.h>

namespace mediaplane {
namespace {

using std::chrono::seconds;

constexpr Time kStart{std::chrono::hours(1)};

struct RangeCase {
  std::uint16_t first;
  std::uint16_t last;
  std::vector<std::uint16_t> pairs;
};

class UdpPortRange : public testing::TestWithParam<RangeCase> {};

TEST_P(UdpPortRange, HoldsWholePairs) {
  const auto& row = GetParam();
  UdpPortPool pool(1, row.first, row.last, UdpPortOrder::kSequential);
  std::vector<UdpPortLease> leases;
  std::vector<std::uint16_t> pairs;
  while (auto lease = pool.acquire(0)) {
    pairs.push_back(lease->udp_port());
    leases.push_back(std::move(*lease));
  }
  EXPECT_EQ(pairs, row.pairs);
}

INSTANTIATE_TEST_SUITE_P(Rows, UdpPortRange,
                         testing::Values(RangeCase{23820, 23823, {23820, 23822}},
                                         RangeCase{23820, 23822, {23820}},
                                         RangeCase{65530, 65535, {65530, 65532, 65534}},
                                         RangeCase{65532, 65534, {65532}}));

TEST(UdpPortPool, FreedPairRestsWhileARestedOneIsFree) {
  UdpPortPool pool(1, 2000, 2005, UdpPortOrder::kSequential);
  pool.advance(kStart);
  { const auto a = pool.acquire(0); }
  const auto b = pool.acquire(0);
  const auto c = pool.acquire(0);
  EXPECT_EQ(b->udp_port(), 2002);
  EXPECT_EQ(c->udp_port(), 2004);
}

TEST(UdpPortPool, LongestRestedPairIsGivenWhenNoneHasRested) {
  UdpPortPool pool(1, 2000, 2003, UdpPortOrder::kRandom);
  pool.advance(kStart);
  auto a = pool.acquire(0);
  auto b = pool.acquire(0);
  EXPECT_FALSE(pool.acquire(0));
  const auto first = b->udp_port();
  b.reset();
  pool.advance(kStart + seconds(1));
  a.reset();
  EXPECT_EQ(pool.acquire(0)->udp_port(), first);
}

TEST(UdpPortPool, PairIsRestedAfterHalfAMinute) {
  UdpPortPool pool(1, 2000, 2003, UdpPortOrder::kSequential);
  pool.advance(kStart);
  { const auto a = pool.acquire(0); }
  pool.advance(kStart + kUdpPortRest);
  { const auto b = pool.acquire(0); }
  EXPECT_EQ(pool.acquire(0)->udp_port(), 2000);
}

TEST(UdpPortPool, LocalAddressesHavePairsOfTheirOwn) {
  UdpPortPool pool(2, 2000, 2001, UdpPortOrder::kRandom);
  const auto a = pool.acquire(0);
  const auto b = pool.acquire(1);
  EXPECT_EQ(a->udp_port(), 2000);
  EXPECT_EQ(b->udp_port(), 2000);
  EXPECT_FALSE(pool.acquire(0));
}

TEST(UdpPortPool, MovedLeaseComesBackOnce) {
  UdpPortPool pool(1, 2000, 2003, UdpPortOrder::kSequential);
  {
    auto a = std::move(*pool.acquire(0));
    UdpPortLease b;
    b = std::move(a);
    EXPECT_TRUE(b);
    EXPECT_FALSE(a);
  }
  const auto c = pool.acquire(0);
  const auto d = pool.acquire(0);
  EXPECT_TRUE(c && d);
  EXPECT_FALSE(pool.acquire(0));
}

// Chi-square over 100 pairs: 99 degrees of freedom, 148.2 has a probability of 0.001. A wrong
// generator is far beyond; the margin keeps an honest one from failing once in a thousand runs.
TEST(UdpPortPool, RandomOrderIsUniform) {
  UdpPortPool pool(1, 2000, 2199, UdpPortOrder::kRandom);
  constexpr int kDraws = 100'000;
  std::map<std::uint16_t, int> counts;
  auto now = kStart;
  for (int i = 0; i < kDraws; ++i) {
    pool.advance(now += kUdpPortRest);
    ++counts[pool.acquire(0)->udp_port()];
  }
  const double expected = kDraws / 100.0;
  double chi_square = 0;
  for (const auto& [udp_port, count] : counts) {
    chi_square += (count - expected) * (count - expected) / expected;
  }
  EXPECT_EQ(counts.size(), 100U);
  EXPECT_LT(chi_square, 200);
}

TEST(SecureRandom, StaysBelowItsBound) {
  SecureRandom random;
  std::set<std::uint32_t> seen;
  for (int i = 0; i < 1000; ++i) seen.insert(random.below(3));
  EXPECT_EQ(seen, (std::set<std::uint32_t>{0, 1, 2}));
}

TEST(UdpPortPool, WhatIsClaimedIsOutUntilItsLeaseEnds) {
  UdpPortPool pool(2, 35000, 35005, UdpPortOrder::kSequential);
  auto claimed = pool.claim(0, 35002);
  ASSERT_TRUE(claimed && *claimed);
  EXPECT_FALSE(pool.claim(0, 35002)) << "it is out already";
  EXPECT_TRUE(pool.claim(1, 35002)) << "another address";
  const auto first = pool.acquire(0);
  const auto second = pool.acquire(0);
  ASSERT_TRUE(first && second);
  EXPECT_EQ(first->udp_port(), 35000);
  EXPECT_EQ(second->udp_port(), 35004);
  EXPECT_FALSE(pool.acquire(0));
  claimed.reset();
  const auto again = pool.acquire(0);
  ASSERT_TRUE(again);
  EXPECT_EQ(again->udp_port(), 35002);
  EXPECT_FALSE(pool.acquire(0));
}

TEST(UdpPortPool, AClaimThatEndsBeforeAllElseIsFreeOnce) {
  UdpPortPool pool(1, 35000, 35001, UdpPortOrder::kSequential);
  pool.claim(0, 35000);
  EXPECT_FALSE(pool.acquire(0) && pool.acquire(0));
}

TEST(UdpPortPool, AClaimBeyondThePoolHoldsNothing) {
  UdpPortPool pool(1, 35000, 35003, UdpPortOrder::kSequential);
  for (const std::uint16_t udp_port : std::vector<std::uint16_t>{34998, 35004, 65534, 0}) {
    const auto claimed = pool.claim(0, udp_port);
    ASSERT_TRUE(claimed);
    EXPECT_FALSE(*claimed);
  }
}

// Pearson's statistic of 100,000 draws from 1,000 cells, which has a mean of 999 and a standard
// deviation of 45 if all are as likely; beyond six of these it is by chance in one run of 10^8.
double chi_square(const std::vector<int>& counts) {
  constexpr double kExpected = 100;
  double sum = 0;
  for (const auto count : counts) sum += (count - kExpected) * (count - kExpected) / kExpected;
  return sum;
}

TEST(UdpPortPool, NobodyCanGuessTheNextPair) {
  constexpr std::uint16_t kFirst = 30000;
  constexpr int kPairs = 1000;
  UdpPortPool pool(1, kFirst, kFirst + 2 * kPairs - 1, UdpPortOrder::kRandom);
  std::vector<int> pairs(kPairs);
  std::vector<int> steps(kPairs);  // From each to the one after it.
  int before = 0;
  auto now = kStart;
  for (int i = 0; i < 100 * kPairs; ++i) {
    pool.advance(now += kUdpPortRest);
    const auto lease = pool.acquire(0);
    const auto pair = (lease->udp_port() - kFirst) / 2;
    ++pairs[static_cast<std::size_t>(pair)];
    ++steps[static_cast<std::size_t>((pair - before + kPairs) % kPairs)];
    before = pair;
  }
  EXPECT_LT(chi_square(pairs), 999 + 6 * 45);
  EXPECT_LT(chi_square(steps), 999 + 6 * 45);
}

}  // namespace
}  // namespace mediaplane
