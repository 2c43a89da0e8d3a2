// SPDX-License-Identifier: BSD-2-Clause
#include "tests/support/plane.h"

#include <atomic>
#include <cstdio>
#include <new>

#include "dataplane/pipeline/double.h"
#include "tests/support/fence.h"

namespace mediaplane::test {
namespace {

constexpr std::size_t kAlignment = 64;
// What a packet may take of its headroom: it leaves with IPv6 and came with IPv4.
constexpr std::uint16_t kMostGrowth = sizeof(Ipv6Header) - sizeof(Ipv4Header);

Config configuration(std::uint16_t mtu) {
  Config config;
  config.dataplane.max_sessions = Plane::kSessions;
  PortConfig port;
  port.name = "wan";
  port.addresses = {*parse_prefix("198.18.0.1/24"), *parse_prefix("198.18.1.1/24")};
  port.gateway.ip = *parse_ip("198.18.0.254");
  config.ports.push_back(port);
  PortConfig lan;
  lan.name = "lan";
  lan.addresses = {*parse_prefix("10.0.0.1/24"), *parse_prefix("2001:db8::1/64"),
                   *parse_prefix("2001:db8:1::1/64")};
  lan.gateway6.ip = *parse_ip("fe80::fe");
  config.ports.push_back(lan);
  for (auto& each : config.ports) each.mtu = mtu;
  return config;
}

std::byte* aligned(std::vector<std::byte>& bytes) {
  void* at = bytes.data();
  std::size_t space = bytes.size();
  return static_cast<std::byte*>(std::align(kAlignment, 1, at, space));
}

Frame frame_of(const rte_mbuf& mbuf) {
  const auto* data = rte_pktmbuf_mtod(&mbuf, const std::byte*);
  return {data, data + mbuf.data_len};
}

rte_mempool* make_pool(std::size_t room) {
  static std::atomic<unsigned> number{0};
  char name[32];
  std::snprintf(name, sizeof name, "pool%u", number.fetch_add(1));
  return rte_pktmbuf_pool_create(
      name, 1023, 0, 0,
      static_cast<std::uint16_t>(std::max<std::size_t>(RTE_MBUF_DEFAULT_BUF_SIZE, room)),
      SOCKET_ID_ANY);
}

}  // namespace

Plane::Plane(std::uint16_t mtu, std::uint32_t guests)
    : config_(configuration(mtu)),
      table_(FlowTable::create(kSessions * abi::kFlowsPerSession, 1 + guests)),
      fingerprints_(kSessions * abi::kFlowsPerSession),
      pool_(make_pool(mtu + std::size_t{256})),
      datagrams_(make_pool(Fragments::room_for_longest())),
      copies_(*table_, 1 + guests) {
  const auto layout = abi::region_layout(kSessions, 2 + guests, abi::record_blocks_for(kSessions));
  region_bytes_.resize(layout.size + kAlignment);
  auto* base = aligned(region_bytes_);
  (new (base) abi::RegionHeader)->layout = layout;
  const abi::Region region(base);
  shared_.reset(new Shared{*table_, region, fingerprints_, macs_, *guard_, {}, {}, {}});
  add_port(kWan, kRelayMac);
  add_port(kLan, kLanMac);
  worker_ =
      std::make_unique<WorkerContext>(WorkerContext{*shared_, 0, region.lcore_totals(0), *events_,
                                                    *punts_, *injections_, copies_, pool_, now, 0});
  outbox_ = std::make_unique<Outbox>(pool_, std::vector{injections_.get()}, region.lcore_totals(1));
  neighbours_ = std::make_unique<NeighbourTable>(macs_, *outbox_);
  fragments_ = std::make_unique<Fragments>(
      shared_->ports,
      FragmentMeans{pool_, datagrams_,
                    [](const rte_mbuf&, std::uint16_t, std::uint32_t) { return 0U; }},
      *neighbours_, *outbox_);
  const std::uint16_t ethdevs[] = {kWan, kLan};
  const MacAddress macs[] = {kRelayMac, kLanMac};
  routes_ = std::make_unique<Routes>(config_, ethdevs, macs);
  sessions_ = std::make_unique<Sessions>(*shared_, *routes_, *neighbours_,
                                         [this](const abi::Learned& l) { learned.push_back(l); });
  table_->enter(0);
}

void Plane::remove_all() {
  for (std::uint32_t i = 0; i < kSessions; ++i) {
    const auto id = shared_->region.call_record(i).session.id;
    if (id.generation == 0) continue;
    EXPECT_EQ(sessions_->remove(id, now), abi::Status::kDone);
  }
}

Plane::~Plane() {
  remove_all();
  neighbours_->drop_held(Verdict::kStopping);
  fragments_->drop_held(Verdict::kStopping);
  injected();
  EXPECT_EQ(mbufs_in_use(), 0U) << "an mbuf is missing";
  table_->leave(0);
  rte_mempool_free(pool_);
  rte_mempool_free(datagrams_);
}

std::uint32_t Plane::mbufs_in_use() const {
  return rte_mempool_in_use_count(pool_) + rte_mempool_in_use_count(datagrams_);
}

void Plane::add_port(std::uint16_t ethdev, const MacAddress& mac) {
  LocalPort local;
  local.ethdev = ethdev;
  local.mac = mac;
  local.mtu = config_.ports[ethdev].mtu;
  for (const auto& prefix : config_.ports[ethdev].addresses) {
    const auto& ip = prefix.ip;
    local.add_address(
        prefix, static_cast<std::uint16_t>(shared_->own_ipv4.size() + shared_->own_ipv6.size()));
    if (ip.family == IpFamily::kIpv4) shared_->own_ipv4.push_back(ip.ipv4());
    if (ip.family == IpFamily::kIpv6) shared_->own_ipv6.push_back(ip.bytes);
  }
  shared_->ports.push_back(local);
}

rte_mbuf* Plane::mbuf_of(const Frame& frame, std::uint16_t ethdev) {
  rte_mbuf* mbuf = rte_pktmbuf_alloc(pool_);
  unfence(*mbuf);
  std::copy(frame.begin(), frame.end(), rte_pktmbuf_mtod(mbuf, std::byte*));
  mbuf->data_len = static_cast<std::uint16_t>(frame.size());
  mbuf->pkt_len = mbuf->data_len;
  mbuf->port = ethdev;
  return mbuf;
}

void Plane::run(Burst& burst, const std::vector<Frame>& frames, std::uint16_t ethdev) {
  burst.count = static_cast<std::uint32_t>(frames.size());
  for (std::uint32_t i = 0; i < burst.count; ++i) burst.mbufs[i] = mbuf_of(frames[i], ethdev);
  run(burst, ethdev);
}

void Plane::run(Burst& burst, std::uint16_t ethdev) {
  for (std::uint32_t i = 0; i < burst.count; ++i) fence(*burst.mbufs[i], kMostGrowth, 0);
  worker_->now = now;
  process(burst, shared_->ports[ethdev], *worker_);
  for (std::uint32_t i = 0; i < burst.count; ++i) unfence(*burst.mbufs[i]);
  table_->pass(0);
}

std::vector<Outcome> Plane::relay(const std::vector<Frame>& frames, std::uint16_t ethdev) {
  Burst burst;
  run(burst, frames, ethdev);
  std::vector<Outcome> outcomes;
  for (std::uint32_t i = 0; i < burst.count; ++i) {
    const auto verdict = burst.packets[i].verdict;
    outcomes.push_back({verdict, {}, {}});
    if (verdict == Verdict::kForward || verdict == Verdict::kResolve) {
      outcomes.back().frame = frame_of(*burst.mbufs[i]);
    }
    if (verdict == Verdict::kForward && (burst.packets[i].entry->extras & kSentTwice) != 0) {
      if (auto* twin = double_of(burst.packets[i], *worker_)) {
        outcomes.back().twin = frame_of(*twin);
        rte_pktmbuf_free(twin);
      }
    }
    rte_pktmbuf_free(burst.mbufs[i]);
  }
  return outcomes;
}

std::vector<Injection> Plane::take_injected() {
  std::vector<Injection> all;
  Injection injection;
  while (injections_->pop({&injection, 1}) == 1) all.push_back(injection);
  return all;
}

std::vector<Frame> Plane::injected() {
  std::vector<Frame> frames;
  for (const auto& injection : take_injected()) {
    frames.push_back(frame_of(*injection.mbuf));
    rte_pktmbuf_free(injection.mbuf);
  }
  return frames;
}

void Plane::housekeep(Tick ticks) {
  LearningEvent event;
  while (events_->pop({&event, 1}) == 1) sessions_->learn(event, now);
  for (Tick i = 0; i < ticks; ++i) sessions_->tick(++now);
  table_->reclaim();
}

void Plane::resolve(const char* ip, const MacAddress& mac, std::uint16_t ethdev) {
  neighbours_->pin(ethdev, *parse_ip(ip), mac, now);
}

abi::Session Plane::session(std::uint32_t index, std::uint16_t callee_port, const Endpoint& callee,
                            std::uint16_t caller_port, const Endpoint& caller) {
  abi::Session wish;
  wish.id = {index, 1};
  auto& [to_callee, to_caller] = wish.sides;
  to_callee.udp_port = callee_port;
  to_callee.signalled = callee;
  to_callee.tos = 0xb8;
  to_caller.udp_port = caller_port;
  to_caller.signalled = caller;
  to_caller.tos = 0xb8;
  return wish;
}

abi::Status Plane::set(const abi::Session& wish) { return sessions_->set(wish, {}, now); }

}  // namespace mediaplane::test
