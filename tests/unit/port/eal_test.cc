// SPDX-License-Identifier: BSD-2-Clause
#include "dataplane/port/eal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rte_mbuf.h>

#include "dataplane/port/multicast.h"
#include "dataplane/port/plan.h"

namespace mediaplane {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::IsSupersetOf;
using testing::Not;

Config with_device(const char* device) {
  Config config;
  config.dataplane.worker_cpus = {0};
  PortConfig port;
  port.name = "wan";
  port.device = device;
  config.ports.push_back(port);
  return config;
}

TEST(Eal, AVirtualDeviceNeedsNoPci) {
  const auto arguments = eal_arguments(with_device("net_ring0"), {});
  EXPECT_THAT(arguments,
              IsSupersetOf({"--lcores=0@0,1@0", "--no-huge", "--vdev", "net_ring0", "--no-pci"}));
  EXPECT_THAT(arguments, Not(Contains("--in-memory")));
}

TEST(Eal, HugePagesMeanInMemoryAndAPciDeviceIsAllowed) {
  auto config = with_device("0000:03:00.0");
  config.dataplane.huge_pages = true;
  const auto arguments = eal_arguments(config, {});
  EXPECT_THAT(arguments, IsSupersetOf({"--in-memory", "-a", "0000:03:00.0"}));
  EXPECT_THAT(arguments, Not(Contains("--no-pci")));
}

TEST(Eal, ArgumentsOfTheUserComeLast) {
  auto config = with_device("net_ring0");
  config.dataplane.eal_args = {"--from-file"};
  const std::vector<std::string> extra = {"--from-command-line"};
  const auto arguments = eal_arguments(config, extra);
  EXPECT_EQ(arguments.back(), "--from-command-line");
  EXPECT_EQ(arguments[arguments.size() - 2], "--from-file");
}

TEST(Eal, WhatTheMachineLacksIsSaidBeforeEalStarts) {
  const auto no_interface = check_machine(with_device("net_af_packet0,iface=nowhere0"));
  ASSERT_FALSE(no_interface);
  EXPECT_THAT(no_interface.error().text, HasSubstr("no network interface 'nowhere0'"));
  auto config = with_device("net_ring0");
  config.dataplane.worker_cpus = {1023};
  ASSERT_FALSE(check_machine(config));
  EXPECT_THAT(check_machine(config).error().text, HasSubstr("CPU 1023 is not online"));
  EXPECT_THAT(check_machine(with_device("0000:ff:1f.7")).error().text,
              HasSubstr("no such PCI device"));
  EXPECT_TRUE(check_machine(with_device("net_ring0")));
}

TEST(Plan, MoreSessionsAndWorkersNeedMoreMemory) {
  auto config = with_device("net_ring0");
  const auto small = plan_memory(config);
  config.dataplane.max_sessions *= 10;
  const auto large = plan_memory(config);
  EXPECT_GT(large.eal_megabytes, small.eal_megabytes);
  EXPECT_GT(large.region_bytes, 9 * small.region_bytes);
  config.dataplane.mbufs = 4095;
  EXPECT_EQ(plan_memory(config).mbufs, 4095U);
}

TEST(Plan, ASessionTakesLessThanTwoKibibytes) {
  auto config = with_device("net_ring0");
  for (const auto sessions : {1000U, 10000U, 60000U, 100000U, 1000000U}) {
    config.dataplane.max_sessions = sessions;
    EXPECT_LE(plan_memory(config).session_bytes, 2048U) << sessions;
  }
}

TEST(Eal, MemoryThatTheMachineDoesNotHaveIsSaid) {
  auto config = with_device("net_ring0");
  config.dataplane.mbufs = 0xffffffff;  // More than the configuration would allow: 9 TB.
  const auto checked = check_machine(config);
  ASSERT_FALSE(checked);
  EXPECT_THAT(checked.error().text, HasSubstr("memory: max_sessions = 10000 and mbufs = 4294967295"
                                              " need"));
}

TEST(Plan, BuffersHoldTheLongestPacketOfAnyPort) {
  auto config = with_device("net_ring0");
  const auto usual = plan_memory(config);
  EXPECT_EQ(usual.mbuf_room, RTE_MBUF_DEFAULT_BUF_SIZE);
  config.ports.push_back(config.ports.front());
  config.ports.back().mtu = 9000;
  const auto jumbo = plan_memory(config);
  EXPECT_GE(jumbo.mbuf_room, RTE_PKTMBUF_HEADROOM + 14 + 9000);
  EXPECT_GT(jumbo.eal_megabytes, 3 * usual.eal_megabytes / 2);
}

TEST(Multicast, GroupsOfTheIpv6AddressesEachOnce) {
  const std::vector<Prefix> ipv4 = {*parse_prefix("192.0.2.1/24")};
  EXPECT_THAT(multicast_groups(ipv4), testing::IsEmpty());
  const std::vector<Prefix> both = {*parse_prefix("192.0.2.1/24"), *parse_prefix("2001:db8::1/64"),
                                    *parse_prefix("2001:db8:1::1/64"),
                                    *parse_prefix("2001:db8::ab:cdef/64")};
  EXPECT_THAT(multicast_groups(both),
              testing::ElementsAre(*parse_mac("33:33:00:00:00:01"), *parse_mac("33:33:ff:00:00:01"),
                                   *parse_mac("33:33:ff:ab:cd:ef")));
}

}  // namespace
}  // namespace mediaplane
