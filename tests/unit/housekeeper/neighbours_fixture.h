// SPDX-License-Identifier: BSD-2-Clause
// A neighbour table between a clock and a ring, once for each family.
#pragma once

#include <memory>
#include <vector>

#include <gtest/gtest.h>

#include "dataplane/housekeeper/neighbours.h"
#include "tests/support/frames.h"
#include "tests/unit/eal.h"

namespace mediaplane::test {

inline constexpr MacAddress kMac{{0x02, 0, 0, 0, 0, 0x10}};
inline constexpr MacAddress kOtherMac{{0x02, 0, 0, 0, 0, 0x66}};
// The table does the same in both families; what it sends is the family's.
struct Family {
  const char* name;
  Station us;
  IpAddress phone;
  std::uint16_t question;  // EtherType
  MacAddress everybody;    // Where a question goes when the MAC is not known.
};

inline const Family kFamilies[] = {
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
      rte_pktmbuf_pool_create("neighbours", 1023, 0, 0, RTE_MBUF_DEFAULT_BUF_SIZE, SOCKET_ID_ANY);
  std::unique_ptr<ValueRing<Injection>> injections_ = ValueRing<Injection>::create(128);
  abi::LcoreTotals totals_;
  Outbox outbox_{pool_, {injections_.get()}, totals_};
  NeighbourMacs macs_;
  NeighbourTable table_{macs_, outbox_};
};

}  // namespace mediaplane::test
