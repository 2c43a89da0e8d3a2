// SPDX-License-Identifier: BSD-2-Clause
#include "dataplane/pipeline/spray_guard.h"

#include <memory>

#include <gtest/gtest.h>

namespace mediaplane {
namespace {

const SprayHost kHost = spray_host_of(Be32{0x0100007f});

SprayHost host_of(const char* ip) { return spray_host_of(parse_ip(ip)->bytes); }

class SprayGuardTest : public testing::Test {
 protected:
  void hit(int first_port, int ports, Tick now, SprayHost host = kHost) {
    for (int i = 0; i < ports; ++i) {
      guard_->note_miss(host, be16(static_cast<std::uint16_t>(first_port + i)), now);
    }
  }

  std::unique_ptr<SprayGuard> guard_ = std::make_unique<SprayGuard>();
};

TEST_F(SprayGuardTest, MoreThan32PortsInASecondAreASpray) {
  hit(35000, 32, 1000);
  EXPECT_FALSE(guard_->is_sprayer(kHost, 1000));
  hit(35032, 1, 1000);
  EXPECT_TRUE(guard_->is_sprayer(kHost, 1000));
}

TEST_F(SprayGuardTest, ManyPacketsToFewPortsAreNone) {
  for (int i = 0; i < 1000; ++i) hit(35000, 4, 1000);
  EXPECT_FALSE(guard_->is_sprayer(kHost, 1000));
}

TEST_F(SprayGuardTest, EachSecondIsCountedAnew) {
  hit(35000, 30, 1000);
  hit(35100, 30, 1100);
  EXPECT_FALSE(guard_->is_sprayer(kHost, 1100));
}

TEST_F(SprayGuardTest, TheBanLastsTenSeconds) {
  hit(35000, 40, 1000);
  EXPECT_TRUE(guard_->is_sprayer(kHost, 1999));
  EXPECT_FALSE(guard_->is_sprayer(kHost, 2000));
}

TEST_F(SprayGuardTest, ABanDoesNotComeBackWhenTheClockIsHalfRound) {
  constexpr Tick kHalfRound = 0x8000'0000;
  hit(35000, 40, 1000);
  for (const Tick since : {kHalfRound - 1, kHalfRound, kHalfRound + 1, 3 * (kHalfRound / 2)}) {
    EXPECT_FALSE(guard_->is_sprayer(kHost, 1000 + since)) << since;
  }
  hit(35000, 40, 1000 + kHalfRound);
  EXPECT_TRUE(guard_->is_sprayer(kHost, 1000 + kHalfRound)) << "counted anew";
  EXPECT_TRUE(guard_->is_sprayer(kHost, 999 + kHalfRound)) << "by a worker that is a tick behind";
}

TEST_F(SprayGuardTest, OtherHostsAreNotPunished) {
  hit(35000, 40, 1000);
  EXPECT_FALSE(guard_->is_sprayer(spray_host_of(Be32{0x0200007f}), 1000));
}

TEST_F(SprayGuardTest, AFloodOfHostsKeepsABannedOneBanned) {
  hit(35000, 40, 1000);
  for (std::uint32_t host = 1; host < 100000; ++host) {
    hit(35000, 1, 1001, spray_host_of(Be32{host * 7919}));
  }
  EXPECT_TRUE(guard_->is_sprayer(kHost, 1500));
}

TEST_F(SprayGuardTest, AnIpv6HostIsItsNetworkOf64Bits) {
  for (int i = 0; i < 40; ++i) {
    hit(35000 + i, 1, 1000, host_of(i % 2 == 0 ? "2001:db8:0:7::1" : "2001:db8:0:7:ffff::2"));
  }
  EXPECT_TRUE(guard_->is_sprayer(host_of("2001:db8:0:7::99"), 1000));
  EXPECT_FALSE(guard_->is_sprayer(host_of("2001:db8:0:8::1"), 1000));
}

TEST_F(SprayGuardTest, FamiliesNeverMeet) {
  hit(35000, 40, 1000, host_of("c612:a::1"));
  EXPECT_FALSE(guard_->is_sprayer(spray_host_of(parse_ip("198.18.0.10")->ipv4()), 1000));
}

}  // namespace
}  // namespace mediaplane
