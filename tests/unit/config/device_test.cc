// SPDX-License-Identifier: BSD-2-Clause
#include "config/device.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mediaplane::config {
namespace {

using testing::HasSubstr;

struct Row {
  std::string device;
  std::string normal;    // What it is taken as; empty: refused.
  std::string expected;  // In what is said about it.
};

TEST(Device, Rows) {
  const std::vector<Row> rows = {
      {"0000:03:00.0", "0000:03:00.0", ""},
      {"03:00.7", "0000:03:00.7", ""},
      {"0000:AF:1C.1", "0000:af:1c.1", ""},
      {"0000:03:00.0,llq_policy=1", "0000:03:00.0,llq_policy=1", ""},
      {"0000:03:00.8", "", "neither a PCI address nor"},
      {"0000:03:00", "", "neither a PCI address nor"},
      {"net_null0", "net_null0", ""},
      {"net_null0,size=64,copy=1,no-rx=1", "net_null0,size=64,copy=1,no-rx=1", ""},
      {"net_null0,nrx=1", "", "net_null has no argument 'nrx'"},
      {"net_null0,", "", "has no argument ''"},
      {"net_null0,size", "", "argument 'size' has no value"},
      {"net_null0,size=", "", "argument 'size' has no value"},
      {"net_af_packet0,iface=eth0,framecnt=4096", "net_af_packet0,iface=eth0,framecnt=4096", ""},
      {"net_af_packet0,iface=eth0,framecont=1", "", "(did you mean 'framecnt'?)"},
      {"net_af_packet0,iface=eth0,fanout=1", "", "must be 'iface', 'qpairs'"},
      {"net_af_packet0", "", "needs an argument 'iface'"},
      {"net_af_xdp0,iface=eth0,start_queue=0", "net_af_xdp0,iface=eth0,start_queue=0", ""},
      {"net_tap0", "net_tap0", ""},
      {"net_tap0,iface=mp0,mac=fixed", "net_tap0,iface=mp0,mac=fixed", ""},
      {"net_tap_wan,ifname=mp0", "", "net_tap has no argument 'ifname'"},
      {"net_virtio_user0,path=/dev/vhost-net", "net_virtio_user0,path=/dev/vhost-net", ""},
      {"net_virtio_user0,queues=1", "", "needs an argument 'path'"},
      {"net_vhost0,iface=/tmp/s,queues=1", "net_vhost0,iface=/tmp/s,queues=1", ""},
      {"net_memif0,role=client,id=0", "net_memif0,role=client,id=0", ""},
      {"net_pcap0,rx_pcap=a.pcap,tx_pcap=b.pcap", "net_pcap0,rx_pcap=a.pcap,tx_pcap=b.pcap", ""},
      {"net_bonding0,mode=1,slave=a,slave=b", "net_bonding0,mode=1,slave=a,slave=b", ""},
      {"net_ring0", "net_ring0", ""},
      {"net_softnic0,firmware=x", "net_softnic0,firmware=x", ""},  // Left to EAL.
      {"net_af_packt0,iface=eth0", "", "(did you mean 'net_af_packet'?)"},
      {"net_" + std::string(60, 'x'), "", "too long"},
      {"eth0", "", "\"net_af_packet0,iface=eth0\""},
      {"", "", "neither a PCI address nor"},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.device);
    const auto device = check_device(row.device);
    EXPECT_EQ(device.value_or(""), row.normal);
    if (!device) {
      EXPECT_THAT(device.error().what + " | " + device.error().hint, HasSubstr(row.expected));
    }
  }
}

TEST(Device, NameEndsAtTheFirstComma) {
  EXPECT_EQ(device_name("net_tap0,iface=mp0"), "net_tap0");
  EXPECT_EQ(device_name("0000:03:00.0"), "0000:03:00.0");
}

}  // namespace
}  // namespace mediaplane::config
