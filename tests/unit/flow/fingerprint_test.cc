// SPDX-License-Identifier: BSD-2-Clause
#include "dataplane/flow/fingerprint.h"

#include <gtest/gtest.h>

namespace mediaplane {
namespace {

Endpoint at(const char* ip, std::uint16_t udp_port) { return {*parse_ip(ip), udp_port}; }

TEST(Fingerprint, TellsHostsPortsAndFamiliesApart) {
  const Endpoint sources[] = {at("192.0.2.1", 1000),   at("192.0.2.1", 1001),
                              at("192.0.2.2", 1000),   at("2001:db8::1", 1000),
                              at("2001:db8::1", 1001), at("2001:db8::2", 1000)};
  for (const auto& a : sources) {
    for (const auto& b : sources) {
      EXPECT_EQ(fingerprint_of(a) == fingerprint_of(b), a == b) << to_string(a) << to_string(b);
    }
  }
}

TEST(Fingerprint, IsNeverZero) { EXPECT_NE(fingerprint_of(at("0.0.0.0", 0)), 0U); }

TEST(Fingerprint, IsTheSameFromWireAndFromEndpoint) {
  const auto endpoint = at("192.0.2.1", 1000);
  EXPECT_EQ(fingerprint_of(endpoint), fingerprint_of(endpoint.ip.ipv4(), be16(1000)));
}

TEST(Fingerprint, TheFirstSourceClaimsTheFlow) {
  FingerprintCell cell{0};
  EXPECT_TRUE(claims(cell, 5));
  EXPECT_TRUE(claims(cell, 5));
  EXPECT_FALSE(claims(cell, 6));
  cell = 0;
  EXPECT_TRUE(claims(cell, 6));
}

}  // namespace
}  // namespace mediaplane
