// SPDX-License-Identifier: BSD-2-Clause
// A data plane in another process, behind a port of ours. The bench is the relay's gateway and
// every other neighbour: it asks for the relay's MAC address, and answers whatever the relay asks
// for.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "config/config.h"
#include "dataplane/housekeeper/discovery.h"
#include "dataplane/net/result.h"
#include "dataplane/port/ports.h"
#include "tests/perf/bench/subject.h"

namespace mediaplane::bench {

class Device : public Subject {
 public:
  // `arguments` as EAL was given them. `config` is the relay's, with a gateway.
  static Result<std::unique_ptr<Device>, std::string> open(const std::string& arguments,
                                                           const Config& config,
                                                           std::uint32_t mbufs);
  ~Device() override;

  MacAddress mac() const override { return relay_.mac; }
  rte_mempool* pool() override { return pool_; }
  std::uint32_t put(std::span<rte_mbuf*> mbufs) override;
  std::uint32_t take(std::span<rte_mbuf*, kBurst> mbufs) override;
  void serve() override {}
  const Drops* drops() override { return nullptr; }
  std::string fault_of_books() override { return ""; }
  bool is_drained() override { return false; }
  std::uint32_t patience_ms() const override { return 1000; }

 private:
  Device(const std::string& arguments, const Config& config);
  Result<void, std::string> start(std::uint32_t mbufs);
  Result<void, std::string> find_relay();
  void send(std::span<const std::byte> frame);
  // Whether it says who has which address; then it is heard.
  bool hears(std::span<const std::byte> frame);
  void hear(const Discovery& discovery);

  Config own_;  // Our port.
  std::vector<IpAddress> relay_addresses_;
  Station us_;     // The relay's gateway.
  Station relay_;  // The first of its addresses.
  rte_mempool* pool_ = nullptr;
  std::unique_ptr<Ports> ports_;
  std::uint16_t ethdev_ = 0;
};

}  // namespace mediaplane::bench
