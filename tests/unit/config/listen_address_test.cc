// SPDX-License-Identifier: BSD-2-Clause
#include "config/listen_address.h"

#include <gtest/gtest.h>

namespace mediaplane {
namespace {

struct ListenCase {
  const char* text;
  const char* expected;  // Null: an error.
};

class ListenAddressText : public testing::TestWithParam<ListenCase> {};

TEST_P(ListenAddressText, IsTakenApart) {
  const auto address = parse_listen_address(GetParam().text);
  ASSERT_EQ(address.has_value(), GetParam().expected != nullptr) << GetParam().text;
  if (address) {
    EXPECT_EQ(to_string(*address), GetParam().expected);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Rows, ListenAddressText,
    testing::Values(
        ListenCase{"/run/x", "unix:/run/x"}, ListenCase{"unix:/run/x", "unix:/run/x"},
        ListenCase{"cunix:/run/x:1", "cunix:/run/x:1"}, ListenCase{"unix:x", nullptr},
        ListenCase{"x", nullptr}, ListenCase{"", nullptr},
        ListenCase{"udp:127.0.0.1", "udp:127.0.0.1:22222"},
        ListenCase{"udp:127.0.0.1:9000", "udp:127.0.0.1:9000"},
        ListenCase{"udp:*:9000", "udp:0.0.0.0:9000"}, ListenCase{"udp:*", "udp:0.0.0.0:22222"},
        ListenCase{"udp6:::1:9000", "udp6:[::1]:9000"}, ListenCase{"udp6:::1", "udp6:[::1]:22222"},
        ListenCase{"udp6:[::1]:9000", "udp6:[::1]:9000"},
        ListenCase{"udp6:2001:db8::1", "udp6:[2001:db8::1]:22222"},
        ListenCase{"tcp6:*:9000", "tcp6:[::]:9000"}, ListenCase{"tcp:127.0.0.1:0", nullptr},
        ListenCase{"tcp:127.0.0.1:65536", nullptr}, ListenCase{"tcp:::1", nullptr},
        ListenCase{"tcp6:127.0.0.1", nullptr}, ListenCase{"udp:host", nullptr},
        ListenCase{"udp:", nullptr}, ListenCase{"stdio:", nullptr}));

}  // namespace
}  // namespace mediaplane
