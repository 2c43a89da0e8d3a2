// SPDX-License-Identifier: BSD-2-Clause
// [[port]]: its own rules and those between ports.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/config/parsing.h"

namespace mediaplane {
namespace {

using testing::HasSubstr;

std::string port_with(const std::string& lines) {
  std::string text = "[[port]]\n";
  for (const auto* key : {"name", "device", "addresses"}) {
    if (lines.find(std::string(key) + " =") != std::string::npos) continue;
    const auto from = kPort.find(key);
    text += kPort.substr(from, kPort.find('\n', from) - from + 1);
  }
  return text + lines + "\n";
}

TEST(PortConfig, Rows) {
  const std::vector<Complaint> rows = {
      {"name = \"a_b-9\"", ""},
      {"name = \"\"", "'' is no name"},
      {"name = \"a b\"", "'a b' is no name"},
      {"name = \"" + std::string(33, 'x') + "\"", "1 to 32 letters"},
      {"mtu = 576", ""},
      {"mtu = 1900", ""},
      {"mtu = 575", "must be 576 to 9000"},
      {"mtu = 1901", "packets of more than 1900 bytes are not built yet"},
      {"mtu = 9001", "must be 576 to 9000"},
      {"addresses = []", "a port needs at least one"},
      {"addresses = \"192.0.2.1/24\"", "put it in brackets"},
      {"addresses = [\"192.0.2.1\"]", "write \"192.0.2.1/24\""},
      {"addresses = [\"host/24\"]", "'host/24' is no address with a prefix length"},
      {"addresses = [\"192.0.2.1/0\"]", "a prefix length of 0"},
      {"addresses = [\"192.0.2.1/33\"]", "is no address with a prefix length"},
      {"addresses = [\"192.0.2.0/31\"]", ""},
      {"addresses = [\"192.0.2.0/32\"]", ""},
      {"addresses = [\"192.0.2.0/30\"]", "the address of the network itself"},
      {"addresses = [\"192.0.2.3/30\"]", "the broadcast address of its network"},
      {"addresses = [\"128.0.0.0/1\"]", "the address of the network itself"},
      {"addresses = [\"0.0.0.0/24\"]", "0.0.0.0 is no address of a host"},
      {"addresses = [\"224.0.0.1/24\"]", "a multicast address"},
      {"addresses = [\"255.255.255.255/32\"]", "this is the broadcast address"},
      {"addresses = [\"127.0.0.1/8\"]", ""},
      {"addresses = [\"2001:db8::1/64\"]", "IPv6 is not built yet"},
      {"addresses = [\"192.0.2.1/24\", \"192.0.2.1/25\"]", "'192.0.2.1' is used twice"},
      {"addresses = [\"192.0.2.1/24=203.0.113.9\"]", ""},
      {"addresses = [\"192.0.2.1/24=*\"]", ""},
      {"addresses = [\"192.0.2.1/24=\"]", "'' is no address to advertise"},
      {"addresses = [\"192.0.2.1/24=0.0.0.0\"]", "'0.0.0.0' is no address to advertise"},
      {"addresses = [\"192.0.2.1/24=203.0.113.9/24\"]", "is no address to advertise"},
      {"gateway = \"192.0.2.254\"", ""},
      {"gateway = \"192.0.3.1\"", "is in no network of this port"},
      {"gateway = \"192.0.2.1\"", "is an address of our own"},
      {"gateway = \"192.0.2.0\"", "is not the address of a host"},
      {"gateway = \"192.0.2.255\"", "is not the address of a host"},
      {"gateway = \"192.0.2.254/24\"", "without a prefix length"},
      {"gateway = \"2001:db8::1\"", "IPv6 is not built yet"},
      {"gateway_mac = \"02:00:00:00:00:01\"", "there is no gateway"},
      {"gateway = \"192.0.2.254\"\ngateway_mac = \"02:00:00:00:00:01\"", ""},
      {"gateway = \"192.0.2.254\"\ngateway_mac = \"01:00:00:00:00:01\"", "not the MAC of a host"},
      {"gateway = \"192.0.2.254\"\ngateway_mac = \"00:00:00:00:00:00\"", "not the MAC of a host"},
      {"gateway = \"192.0.2.254\"\ngateway_mac = \"2:0:0:0:0:1\"", "is no MAC address"},
      {"gatway = \"192.0.2.254\"", "unknown key 'gatway' in [[port]] 'wan' (did you mean 'gate"},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.lines);
    const auto text = port_with(row.lines);
    EXPECT_EQ(count_errors(text), row.expected.empty() ? 0U : 1U) << complaints(text);
    EXPECT_THAT(complaints(text), HasSubstr(row.expected));
  }
}

TEST(PortConfig, NameDeviceAndAddressesAreNeeded) {
  const auto all = complaints("[[port]]\n");
  EXPECT_THAT(all, HasSubstr("f:1:1: error: [[port]] needs a key 'name'"));
  EXPECT_THAT(all, HasSubstr("add device = \"net_af_packet0,iface=eth0\""));
  EXPECT_THAT(all, HasSubstr("add addresses = [\"203.0.113.10/24\"]"));
  EXPECT_THAT(complaints(""), HasSubstr("f: error: [[port]]: there is none"));
  EXPECT_THAT(complaints("port = []"), HasSubstr("there is none"));
}

TEST(PortConfig, NothingIsUsedTwice) {
  const auto all = complaints(kPort + kPort);
  EXPECT_THAT(all, HasSubstr("f:6:8: error: port 'wan': name: 'wan' is used twice"));
  EXPECT_THAT(all, HasSubstr("f:7:10: error: port 'wan': device: 'net_null0' is used twice"));
  EXPECT_THAT(all, HasSubstr("f:8:14: error: port 'wan': addresses: '192.0.2.1' is used twice"));
  EXPECT_THAT(all, HasSubstr("^ first on line 4"));
  EXPECT_THAT(complaints("[[port]]\nname = \"a\"\ndevice = \"03:00.0\"\naddresses = "
                         "[\"10.0.0.1/8\"]\n[[port]]\nname = \"b\"\ndevice = \"0000:03:00.0\"\n"
                         "addresses = [\"10.0.0.2/8\"]\n"),
              HasSubstr("'0000:03:00.0' is used twice"));
}

TEST(PortConfig, AGatewayIsNoAddressOfALaterPort) {
  EXPECT_THAT(complaints("[[port]]\nname = \"a\"\ndevice = \"net_null1\"\n"
                         "addresses = [\"192.0.2.9/24\"]\ngateway = \"192.0.2.1\"\n" +
                         kPort),
              HasSubstr("port 'a': gateway: '192.0.2.1' is an address of our own"));
}

TEST(PortConfig, PciDevicesAreNotHidden) {
  const auto port = port_with("device = \"0000:03:00.0\"");
  EXPECT_EQ(complaints(port), "");
  EXPECT_THAT(complaints("[dataplane]\neal_args = [\"--no-pci\"]\n" + port),
              HasSubstr("a PCI device is not found with --no-pci"));
}

TEST(PortConfig, LocalAddressesStandInTheOrderOfTheFile) {
  const auto config = parse_config(
      "[[port]]\nname = \"a\"\ndevice = \"net_null1\"\n"
      "addresses = [\"192.0.2.9/24\", \"10.0.0.1/8\"]\n" +
          kPort,
      "f");
  ASSERT_TRUE(config);
  const std::vector<IpAddress> expected = {*parse_ip("192.0.2.9"), *parse_ip("10.0.0.1"),
                                           *parse_ip("192.0.2.1")};
  EXPECT_EQ(config->local_addresses(), expected);
}

TEST(PortConfig, AddressesAreLimitedOverAllPorts) {
  std::string list;
  for (int i = 1; i <= 64; ++i) list += "\"10.0.0." + std::to_string(i) + "/8\",";
  EXPECT_EQ(complaints(port_with("addresses = [" + list + "]")), "");
  EXPECT_THAT(complaints(port_with("addresses = [" + list + "\"10.0.1.1/8\"]")),
              HasSubstr("at most 64 on all ports"));
}

}  // namespace
}  // namespace mediaplane
