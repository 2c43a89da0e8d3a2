// SPDX-License-Identifier: BSD-2-Clause
#include "dataplane/pipeline/double.h"

#include <gtest/gtest.h>

#include "tests/support/plane.h"

namespace mediaplane::test {
namespace {

constexpr const char* kCallee = "198.18.0.10";
constexpr const char* kCaller = "198.18.0.20";

// The caller gets small packets twice.
class DoubleTest : public testing::Test {
 protected:
  DoubleTest() {
    plane.resolve(kCallee, kPhoneMac);
    plane.resolve(kCaller, kPhoneMac);
    auto wish = plane.session(3, 35000, at(kCallee, 4000), 35002, at(kCaller, 5000));
    wish.sides[1].flags = abi::kSendTwice;
    EXPECT_EQ(plane.set(wish), abi::Status::kDone);
  }
  static UdpSpec to_caller(std::size_t payload) {
    UdpSpec spec;
    spec.payload.assign(payload, std::byte{0x5a});
    return spec;
  }
  std::uint64_t generated() { return plane.worker().totals.generated; }

  Plane plane;
};

TEST_F(DoubleTest, SmallPacketsHaveATwinOfTheSameBytes) {
  std::uint64_t twins = 0;
  for (const std::size_t payload : {0, 1, 12, 127, 128, 129, 1472}) {
    const auto outcome = plane.relay(udp_frame(to_caller(payload)));
    ASSERT_EQ(outcome.verdict, Verdict::kForward);
    if (payload < 128) {
      ++twins;
      EXPECT_EQ(outcome.twin, outcome.frame) << payload;
    } else {
      EXPECT_TRUE(outcome.twin.empty()) << payload;
    }
  }
  EXPECT_EQ(generated(), twins);
}

TEST_F(DoubleTest, RtcpAsWellAndTheOtherPartyNot) {
  auto rtcp = to_caller(28);
  rtcp.source_port = 4001;
  rtcp.destination_port = 35001;
  EXPECT_FALSE(plane.relay(udp_frame(rtcp)).twin.empty());
  auto to_callee = to_caller(28);
  to_callee.source_ip = kCaller;
  to_callee.source_port = 5000;
  to_callee.destination_port = 35002;
  const auto outcome = plane.relay(udp_frame(to_callee));
  EXPECT_EQ(outcome.verdict, Verdict::kForward);
  EXPECT_TRUE(outcome.twin.empty());
  EXPECT_EQ(generated(), 1U);
}

TEST_F(DoubleTest, WithoutABufferThePacketGoesOutOnce) {
  std::vector<rte_mbuf*> taken;
  while (rte_mempool_avail_count(plane.pool()) > 1) {  // The packet itself needs one.
    taken.push_back(rte_pktmbuf_alloc(plane.pool()));
  }
  const auto outcome = plane.relay(udp_frame(to_caller(20)));
  EXPECT_EQ(outcome.verdict, Verdict::kForward);
  EXPECT_TRUE(outcome.twin.empty());
  EXPECT_EQ(generated(), 0U);
  for (auto* mbuf : taken) rte_pktmbuf_free(mbuf);
}

}  // namespace
}  // namespace mediaplane::test
