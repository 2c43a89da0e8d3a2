// SPDX-License-Identifier: BSD-2-Clause
#include "dataplane/net/address.h"

#include <gtest/gtest.h>

namespace mediaplane {
namespace {

struct TextRow {
  std::string_view text;
  std::string_view normal;  // As it is printed again; empty: refused.
};

template <typename Parse>
void expect_rows(std::initializer_list<TextRow> rows, Parse parse) {
  for (const auto& [text, normal] : rows) {
    const auto parsed = parse(text);
    EXPECT_EQ(parsed ? to_string(*parsed) : "", normal) << '"' << text << '"';
  }
}

TEST(MacAddress, ParseRows) {
  expect_rows({{"02:00:00:00:00:01", "02:00:00:00:00:01"},
               {"FF:ff:Ff:fF:AB:cd", "ff:ff:ff:ff:ab:cd"},
               {"02:00:00:00:00", ""},
               {"02:00:00:00:00:01:", ""},
               {"02-00-00-00-00-01", ""},
               {"2:0:0:0:0:1", ""},
               {"02:00:00:00:00:0g", ""},
               {"02:00:00:00:00:-1", ""},
               {"02:00:00:00:00: 1", ""},
               {"02:00:00:00:0:001", ""},
               {"", ""}},
              parse_mac);
}

TEST(MacAddress, Kinds) {
  EXPECT_TRUE(kBroadcastMac.is_multicast());
  EXPECT_TRUE(parse_mac("01:00:5e:00:00:01")->is_multicast());
  EXPECT_FALSE(parse_mac("02:00:00:00:00:01")->is_multicast());
  EXPECT_TRUE(MacAddress{}.is_zero());
  EXPECT_FALSE(kBroadcastMac.is_zero());
}

TEST(IpAddress, ParseRows) {
  expect_rows({{"192.0.2.1", "192.0.2.1"},
               {"0.0.0.0", "0.0.0.0"},
               {"255.255.255.255", "255.255.255.255"},
               {"256.0.0.1", ""},
               {"192.0.2", ""},
               {"192.0.2.1.", ""},
               {"192.0.2.1 ", ""},
               {" 192.0.2.1", ""},
               {"192.0.2.01", ""},  // Octal for some, decimal for others.
               {"0x7f.0.0.1", ""},
               {"2130706433", ""},
               {"localhost", ""},
               {"", ""},
               {"2001:db8::1", "2001:db8::1"},
               {"2001:DB8:0:0:0:0:0:1", "2001:db8::1"},
               {"::", "::"},
               {"::ffff:192.0.2.1", "::ffff:192.0.2.1"},
               {"2001:db8::1%eth0", ""},
               {"[2001:db8::1]", ""},
               {"1:2:3:4:5:6:7", ""},
               {"1::2::3", ""},
               {std::string_view("192.0.2.1\0", 10), ""}},
              parse_ip);
  EXPECT_FALSE(parse_ip(std::string(1000, '1')));
}

TEST(IpAddress, Kinds) {
  struct Row {
    std::string_view text;
    bool is_null, is_multicast;
  };
  constexpr std::array<Row, 9> kRows = {{
      {"0.0.0.0", true, false},
      {"0.0.0.1", false, false},
      {"223.255.255.255", false, false},
      {"224.0.0.0", false, true},
      {"239.255.255.255", false, true},
      {"240.0.0.0", false, false},
      {"::", true, false},
      {"ff02::1", false, true},
      {"fe80::1", false, false},
  }};
  for (const auto& row : kRows) {
    EXPECT_EQ(parse_ip(row.text)->is_null(), row.is_null) << row.text;
    EXPECT_EQ(parse_ip(row.text)->is_multicast(), row.is_multicast) << row.text;
  }
  EXPECT_FALSE(IpAddress().is_set());
  EXPECT_FALSE(IpAddress().is_null());  // No address is not the null address.
  EXPECT_FALSE(IpAddress().is_multicast());
}

TEST(IpAddress, LinkLocalRows) {
  for (const auto* text : {"fe80::1", "fe80::", "febf:ffff::1"}) {
    EXPECT_TRUE(parse_ip(text)->is_link_local()) << text;
  }
  for (const auto* text : {"fec0::1", "fe7f::1", "2001:db8::1", "254.128.0.1", "::"}) {
    EXPECT_FALSE(parse_ip(text)->is_link_local()) << text;
  }
}

TEST(IpAddress, NoSourceOnAWire) {
  for (const auto* text : {"::", "::1", "ff02::1", "ff0e::1", "::ffff:192.0.2.1", "::ffff:0:0"}) {
    EXPECT_TRUE(is_never_a_source(parse_ip(text)->bytes)) << text;
  }
  for (const auto* text : {"2001:db8::1", "fe80::1", "fd00::1", "64:ff9b::1", "::2", "1::1",
                           "::ffff:0:192.0.2.1", "::fffe:192.0.2.1"}) {
    EXPECT_FALSE(is_never_a_source(parse_ip(text)->bytes)) << text;
  }
}

TEST(IpAddress, SolicitedNodeGroupAndItsMac) {  // RFC 4291 section 2.7.1
  const auto group = solicited_node_of(parse_ip("4037::01:800:200e:8c6c")->bytes);
  EXPECT_EQ(to_string(IpAddress::from_ipv6(group)), "ff02::1:ff0e:8c6c");
  EXPECT_EQ(to_string(multicast_mac_of(group)), "33:33:ff:0e:8c:6c");
  EXPECT_EQ(to_string(multicast_mac_of(kAllNodes)), "33:33:00:00:00:01");
}

TEST(IpAddress, Ipv4ThereAndBack) {
  const auto ip = IpAddress::from_ipv4(be32(0xc0000201));
  EXPECT_EQ(ip, *parse_ip("192.0.2.1"));
  EXPECT_EQ(ip.ipv4().host(), 0xc0000201U);
  EXPECT_NE(*parse_ip("0.0.0.0"), *parse_ip("::"));
}

TEST(Endpoint, Text) {
  EXPECT_EQ(to_string(Endpoint{*parse_ip("192.0.2.1"), 4000}), "192.0.2.1:4000");
  EXPECT_EQ(to_string(Endpoint{*parse_ip("2001:db8::1"), 4000}), "[2001:db8::1]:4000");
  EXPECT_EQ(to_string(Endpoint{}), "none");
  EXPECT_EQ(to_string(IpAddress{}), "none");
}

TEST(Prefix, ParseRows) {
  expect_rows({{"198.18.0.1/24", "198.18.0.1/24"},
               {"198.18.0.1/0", "198.18.0.1/0"},
               {"198.18.0.1/32", "198.18.0.1/32"},
               {"198.18.0.1/33", ""},
               {"198.18.0.1/", ""},
               {"198.18.0.1", ""},
               {"198.18.0.1/-1", ""},
               {"198.18.0.1/+8", ""},
               {"198.18.0.1/8 ", ""},
               {"198.18.0.1/255.255.255.0", ""},
               {"198.18.0.1/99999999999", ""},
               {"/24", ""},
               {"2001:db8::1/128", "2001:db8::1/128"},
               {"2001:db8::1/129", ""}},
              parse_prefix);
}

TEST(Prefix, ContainsRows) {
  struct Row {
    std::string_view prefix, address;
    bool contains;
  };
  constexpr std::array<Row, 14> kRows = {{
      {"192.0.2.1/24", "192.0.2.255", true},
      {"192.0.2.1/24", "192.0.3.0", false},
      {"192.0.2.1/25", "192.0.2.127", true},
      {"192.0.2.1/25", "192.0.2.128", false},
      {"192.0.2.129/25", "192.0.2.128", true},
      {"192.0.2.1/32", "192.0.2.1", true},
      {"192.0.2.1/32", "192.0.2.0", false},
      {"192.0.2.0/31", "192.0.2.1", true},
      {"10.0.0.1/0", "192.0.2.1", true},
      {"10.0.0.1/1", "127.0.0.1", true},
      {"10.0.0.1/1", "128.0.0.1", false},
      {"10.0.0.1/8", "::", false},
      {"2001:db8::1/33", "2001:db8:7fff::", true},
      {"2001:db8::1/33", "2001:db8:8000::", false},
  }};
  for (const auto& row : kRows) {
    EXPECT_EQ(parse_prefix(row.prefix)->contains(*parse_ip(row.address)), row.contains)
        << row.prefix << " " << row.address;
  }
  EXPECT_FALSE(Prefix().contains(IpAddress()));
}

TEST(Prefix, BroadcastRows) {
  struct Row {
    std::string_view prefix, broadcast;
  };
  constexpr std::array<Row, 5> kRows = {{{"192.0.2.1/24", "192.0.2.255"},
                                         {"192.0.2.1/30", "192.0.2.3"},
                                         {"192.0.2.1/32", "192.0.2.1"},
                                         {"10.1.2.3/8", "10.255.255.255"},
                                         {"10.1.2.3/0", "255.255.255.255"}}};
  for (const auto& row : kRows) {
    EXPECT_EQ(to_string(parse_prefix(row.prefix)->broadcast()), row.broadcast);
  }
}

}  // namespace
}  // namespace mediaplane
