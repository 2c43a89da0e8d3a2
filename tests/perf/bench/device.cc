// SPDX-License-Identifier: BSD-2-Clause
#include "tests/perf/bench/device.h"

#include <algorithm>
#include <chrono>

#include <fmt/format.h>
#include <rte_cycles.h>
#include <rte_ethdev.h>
#include <rte_mbuf.h>
#include <unistd.h>

#include "dataplane/housekeeper/arp.h"
#include "dataplane/housekeeper/nd.h"
#include "tests/perf/bench/calls.h"

namespace mediaplane::bench {
namespace {

using std::chrono::steady_clock;

constexpr std::chrono::seconds kFoundWithin{20};
constexpr std::chrono::milliseconds kAskEach{100};
constexpr std::uint64_t kPutsWithin = 100;  // Parts of a second.

std::optional<Discovery> discovery_in(std::span<const std::byte> frame) {
  const auto type = load<EthernetHeader>(frame.data()).ether_type;
  if (type == be16(kEtherTypeArp)) {
    const auto arp = read_arp(frame);
    if (!arp) return std::nullopt;
    const bool asks = arp->operation == be16(kArpRequest);
    return Discovery{{arp->sender_mac, IpAddress::from_ipv4(arp->sender_ip)},
                     IpAddress::from_ipv4(arp->target_ip),
                     asks,
                     !asks};
  }
  if (type != be16(kEtherTypeIpv6) || frame.size() < kMaxNdFrameBytes - sizeof(LinkAddressOption)) {
    return std::nullopt;
  }
  const auto ip = load<Ipv6Header>(frame.data() + sizeof(EthernetHeader));
  if (ip.next_header != kProtocolIcmp6) return std::nullopt;
  const auto reading = read_icmp6(frame);
  return reading.verdict == Verdict::kPunt ? read_nd(frame, reading) : std::nullopt;
}

}  // namespace

Device::Device(const std::string& arguments, const Config& config)
    : relay_addresses_(config.local_addresses()) {
  auto& port = own_.ports.emplace_back();
  port.name = "bench";
  port.device = arguments;
  port.mtu = config.ports[0].mtu;
  own_.dataplane.worker_cpus = {0};
  relay_.ip = relay_addresses_[0];
  const auto& gateway = config.ports[0].gateway_of(relay_.ip.family);
  us_ = {gateway.mac.value_or(kGatewayMac), gateway.ip.value_or(IpAddress{})};
}

Result<std::unique_ptr<Device>, std::string> Device::open(const std::string& arguments,
                                                          const Config& config,
                                                          std::uint32_t mbufs) {
  if (config.ports.size() != 1) return failure(std::string("the relay has to have one port"));
  std::unique_ptr<Device> device(new Device(arguments, config));
  if (device->us_.ip.is_null()) {
    return failure(std::string("the relay's port needs a gateway, which the bench will be"));
  }
  if (auto started = device->start(mbufs); !started) return failure(started.error());
  if (auto found = device->find_relay(); !found) return failure(found.error());
  return device;
}

Result<void, std::string> Device::start(std::uint32_t mbufs) {
  pool_ = rte_pktmbuf_pool_create("bench", mbufs, 256, 0, RTE_MBUF_DEFAULT_BUF_SIZE, SOCKET_ID_ANY);
  if (pool_ == nullptr) return failure(std::string("DPDK has too little memory"));
  auto ports = Ports::open(own_, pool_);
  if (!ports) return failure(ports.error().text);
  ports_ = std::move(*ports);
  ethdev_ = ports_->all()[0].ethdev;
  rte_eth_promiscuous_enable(ethdev_);  // Some have nothing to switch on, and hear everything.
  return {};
}

Device::~Device() {
  ports_.reset();
  rte_mempool_free(pool_);
}

Result<void, std::string> Device::find_relay() {
  auto ask_at = steady_clock::now();
  for (const auto end = ask_at + kFoundWithin; steady_clock::now() < end; usleep(1000)) {
    if (steady_clock::now() >= ask_at) {
      std::array<std::byte, kMaxDiscoveryBytes> frame;
      send(std::span(frame).first(write_question(frame.data(), us_, relay_.ip, nullptr)));
      ask_at += kAskEach;
    }
    std::array<rte_mbuf*, kBurst> mbufs;
    const auto count = take(mbufs);
    rte_pktmbuf_free_bulk(mbufs.data(), count);
    if (!relay_.mac.is_zero()) return {};
  }
  return failure(
      fmt::format("no relay: nobody behind {} has {}", own_.ports[0].device, to_string(relay_.ip)));
}

// A full queue of ours is no loss of the relay's: the generator waits, unless nobody is there.
std::uint32_t Device::put(std::span<rte_mbuf*> mbufs) {
  const auto end = rte_rdtsc() + rte_get_tsc_hz() / kPutsWithin;
  std::size_t taken = 0;
  do {
    const auto rest = mbufs.subspan(taken);
    taken += rte_eth_tx_burst(ethdev_, 0, rest.data(), static_cast<std::uint16_t>(rest.size()));
  } while (taken < mbufs.size() && rte_rdtsc() < end);
  return static_cast<std::uint32_t>(taken);
}

// What is left is for the sink.
std::uint32_t Device::take(std::span<rte_mbuf*, kBurst> mbufs) {
  const auto count = rte_eth_rx_burst(ethdev_, 0, mbufs.data(), kBurst);
  std::uint32_t kept = 0;
  for (std::uint32_t i = 0; i < count; ++i) {
    auto* mbuf = mbufs[i];
    if (hears({rte_pktmbuf_mtod(mbuf, const std::byte*), mbuf->data_len})) {
      rte_pktmbuf_free(mbuf);
    } else {
      mbufs[kept++] = mbuf;
    }
  }
  return kept;
}

bool Device::hears(std::span<const std::byte> frame) {
  if (frame.size() < sizeof(EthernetHeader)) return false;
  const auto discovery = discovery_in(frame);
  if (discovery) hear(*discovery);
  return discovery.has_value();
}

void Device::hear(const Discovery& discovery) {
  if (discovery.sender.ip == relay_.ip) relay_.mac = discovery.sender.mac;
  const bool is_own =
      std::ranges::find(relay_addresses_, discovery.target) != relay_addresses_.end();
  if (!discovery.asks || is_own) return;
  std::array<std::byte, kMaxDiscoveryBytes> frame;
  const auto length = write_answer(frame.data(), {us_.mac, discovery.target}, discovery.sender);
  send(std::span(frame).first(length));
}

void Device::send(std::span<const std::byte> frame) {
  auto* mbuf = rte_pktmbuf_alloc(pool_);
  if (mbuf == nullptr) return;
  std::ranges::copy(frame, rte_pktmbuf_mtod(mbuf, std::byte*));
  mbuf->data_len = static_cast<std::uint16_t>(frame.size());
  mbuf->pkt_len = mbuf->data_len;
  if (put({&mbuf, 1}) == 0) rte_pktmbuf_free(mbuf);
}

}  // namespace mediaplane::bench
