// SPDX-License-Identifier: BSD-2-Clause
// A data plane without ports and lcores: table, region and rings, a worker's context and the
// housekeeper's sessions, driven by hand. Frames go in, verdicts and rewritten frames come out.
#pragma once

#include <memory>
#include <vector>

#include <rte_mbuf.h>
#include <rte_mempool.h>

#include "config/config.h"
#include "dataplane/housekeeper/fragments.h"
#include "dataplane/housekeeper/neighbours.h"
#include "dataplane/housekeeper/routes.h"
#include "dataplane/housekeeper/sessions.h"
#include "dataplane/pipeline/process.h"
#include "tests/support/frames.h"
#include "tests/unit/eal.h"

namespace mediaplane::test {

struct Outcome {
  Verdict verdict;
  Frame frame;  // As it would be sent; empty unless kForward or kResolve.
  Frame twin;   // Sent right after it; empty unless the flow is doubled.
};

class Plane {
 public:
  static constexpr std::uint32_t kSessions = 16;
  static constexpr std::uint16_t kWan = 0;  // 198.18.0.1/24 (0), 198.18.1.1/24 (1)
  // 10.0.0.1/24 (2), 2001:db8::1/64 (3), 2001:db8:1::1/64 (4), gateway6 fe80::fe
  static constexpr std::uint16_t kLan = 1;

  // `guests` is how many workers more, of whoever made the plane, use its table and region.
  explicit Plane(std::uint16_t mtu = 1500, std::uint32_t guests = 0);
  Plane(const Plane&) = delete;
  Plane& operator=(const Plane&) = delete;
  ~Plane();

  // Through all stages, in one burst, as if they had come in on this port.
  std::vector<Outcome> relay(const std::vector<Frame>& frames, std::uint16_t ethdev = kWan);
  Outcome relay(const Frame& frame, std::uint16_t ethdev = kWan) {
    return relay(std::vector<Frame>{frame}, ethdev).front();
  }
  // The same, and the caller sees to the packets.
  void run(Burst& burst, const std::vector<Frame>& frames, std::uint16_t ethdev);
  // What the worker told is learned, and time goes on by `ticks`.
  void housekeep(Tick ticks = 1);
  // This neighbour's MAC is known from here on.
  void resolve(const char* ip, const MacAddress& mac, std::uint16_t ethdev = kWan);

  // A session between two parties: callee's media comes to `callee_port`, caller's to
  // `caller_port`. Null addresses: not signalled; UDP port 0: the side has none yet.
  abi::Session session(std::uint32_t index, std::uint16_t callee_port, const Endpoint& callee,
                       std::uint16_t caller_port, const Endpoint& caller);
  abi::Status set(const abi::Session& wish);
  // Whatever sessions there are.
  void remove_all();

  WorkerContext& worker() { return *worker_; }
  Sessions& sessions() { return *sessions_; }
  Shared& shared() { return *shared_; }
  NeighbourTable& neighbours() { return *neighbours_; }
  Fragments& fragments() { return *fragments_; }
  Outbox& outbox() { return *outbox_; }
  CopyRings& copies() { return copies_; }
  rte_mempool* pool() { return pool_; }
  // Of both pools.
  std::uint32_t mbufs_in_use() const;
  abi::LcoreTotals& housekeeper_totals() { return shared_->region.lcore_totals(1); }
  // As the port hands it over.
  rte_mbuf* mbuf_of(const Frame& frame, std::uint16_t ethdev);
  // The same of packets that are there already.
  void run(Burst& burst, std::uint16_t ethdev);
  // What the housekeeper has handed to the worker since the last call. What it has put together is
  // to be run through the stages.
  std::vector<Injection> take_injected();
  // The frames of the same.
  std::vector<Frame> injected();
  std::vector<abi::Learned> learned;
  Tick now = 100;

 private:
  void add_port(std::uint16_t ethdev, const MacAddress& mac);

  Config config_;
  std::vector<std::byte> region_bytes_;
  std::unique_ptr<FlowTable> table_;
  std::vector<FingerprintCell> fingerprints_;
  NeighbourMacs macs_;
  std::unique_ptr<SprayGuard> guard_ = std::make_unique<SprayGuard>();
  std::unique_ptr<Shared> shared_;
  rte_mempool* pool_;
  rte_mempool* datagrams_;
  CopyRings copies_;
  std::unique_ptr<ValueRing<LearningEvent>> events_ = ValueRing<LearningEvent>::create(256);
  std::unique_ptr<ValueRing<Punt>> punts_ = ValueRing<Punt>::create(64);
  std::unique_ptr<ValueRing<Injection>> injections_ = ValueRing<Injection>::create(64);
  std::unique_ptr<WorkerContext> worker_;
  std::unique_ptr<Outbox> outbox_;
  std::unique_ptr<NeighbourTable> neighbours_;
  std::unique_ptr<Fragments> fragments_;
  std::unique_ptr<Routes> routes_;
  std::unique_ptr<Sessions> sessions_;
};

inline Endpoint at(const char* ip, std::uint16_t udp_port) { return {*parse_ip(ip), udp_port}; }

}  // namespace mediaplane::test
