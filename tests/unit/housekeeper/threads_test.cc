// SPDX-License-Identifier: BSD-2-Clause
// Two workers and the housekeeper at once, as on three lcores: packets of parties that move and of
// strangers on the one side, on the other commands, learning, recorders that come and go. What is
// relayed has to be whole, and of its own session, whatever is being changed meanwhile. Made to be
// run under ThreadSanitizer; MEDIAPLANE_RACE_PACKETS says for how long.
#include <atomic>
#include <cstdlib>
#include <random>
#include <string>
#include <thread>

#include <gtest/gtest.h>

#include "tests/support/plane.h"
#include "tests/unit/abi/two_ends.h"

namespace mediaplane::test {
namespace {

constexpr std::uint32_t kWorkers = 2;
constexpr std::uint32_t kCalls = 8;
constexpr std::uint16_t kRingSlots = 256;
constexpr std::size_t kRtpAt = kIpAt + sizeof(Ipv4Header) + sizeof(UdpHeader);
constexpr const char* kCaller = "198.18.0.20";
constexpr const char* kCallee = "198.18.0.10";
constexpr const char* kElsewhere = "198.18.0.30";
constexpr const char* kStranger = "198.18.0.66";

std::uint64_t packets_wanted() {
  const auto* text = std::getenv("MEDIAPLANE_RACE_PACKETS");
  return text != nullptr ? std::stoull(text) : 200'000;
}

std::uint16_t port_for_callee(std::uint32_t call) {
  return static_cast<std::uint16_t>(35000 + 4 * call);
}
std::uint16_t port_for_caller(std::uint32_t call) {
  return static_cast<std::uint16_t>(port_for_callee(call) + 2);
}
std::uint16_t port_of_party(std::uint32_t call) {
  return static_cast<std::uint16_t>(4000 + 2 * call);
}

// The second line of the plane's region is its housekeeper's.
abi::LcoreTotals& totals_of(Plane& plane, std::uint32_t worker) {
  return plane.shared().region.lcore_totals(worker == 0 ? 0 : worker + 1);
}

rte_mempool* make_pool(std::uint32_t worker) {
  const auto name = "race" + std::to_string(worker);
  return rte_pktmbuf_pool_create(name.c_str(), 127, 0, 0, RTE_MBUF_DEFAULT_BUF_SIZE, SOCKET_ID_ANY);
}

enum class Sender { kNear, kFar, kForeign };

// A lcore's packet path without its ports: bursts of made up packets, each result examined.
class RacingWorker {
 public:
  RacingWorker(Plane& plane, std::uint32_t number, const std::atomic<Tick>& now)
      : plane_(plane),
        now_(now),
        pool_(make_pool(number)),
        chance_(number),
        context_{plane.shared(),
                 number,
                 totals_of(plane, number),
                 *events_,
                 *punts_,
                 *injections_,
                 plane.copies(),
                 pool_,
                 0,
                 0} {
    for (std::uint32_t call = 0; call < kCalls; ++call) {
      frames_.push_back({frame_of(Sender::kNear, call), frame_of(Sender::kFar, call),
                         frame_of(Sender::kForeign, call)});
    }
  }
  ~RacingWorker() {
    EXPECT_EQ(rte_mempool_in_use_count(pool_), 0U);
    rte_mempool_free(pool_);
  }
  RacingWorker(const RacingWorker&) = delete;
  RacingWorker& operator=(const RacingWorker&) = delete;

  // So many packets, and until `seen_all`.
  void run(std::uint64_t packets, const std::atomic<bool>& seen_all) {
    auto& table = plane_.shared().table;
    table.enter(context_.worker);
    for (std::uint64_t done = 0; done < packets || !seen_all.load(std::memory_order_relaxed);
         done += kBurst) {
      context_.now = now_.load(std::memory_order_relaxed);
      process_one_burst();
      table.pass(context_.worker);
    }
    table.leave(context_.worker);
    has_ended_.store(true, std::memory_order_release);
  }

  bool has_ended() const { return has_ended_.load(std::memory_order_acquire); }
  ValueRing<LearningEvent>& events() { return *events_; }
  std::uint64_t forwarded() const { return forwarded_; }
  std::uint64_t wrong() const { return wrong_; }

 private:
  void process_one_burst() {
    Burst burst;
    std::array<std::uint32_t, kBurst> calls{};
    burst.count = kBurst;
    for (std::uint32_t i = 0; i < kBurst; ++i) {
      calls[i] = static_cast<std::uint32_t>(chance_() % kCalls);
      const auto kind = chance_() % 8;
      const auto sender = kind == 0 ? Sender::kForeign : kind == 1 ? Sender::kFar : Sender::kNear;
      burst.mbufs[i] = mbuf_of(frames_[calls[i]][static_cast<std::size_t>(sender)]);
    }
    process(burst, plane_.shared().ports[Plane::kWan], context_);
    for (std::uint32_t i = 0; i < kBurst; ++i) {
      if (burst.packets[i].verdict == Verdict::kForward) examine(*burst.mbufs[i], calls[i]);
      rte_pktmbuf_free(burst.mbufs[i]);
    }
  }

  // The caller of each call is at the first worker, or has just moved to the second one.
  Frame frame_of(Sender sender, std::uint32_t call) const {
    const bool is_stranger = sender == Sender::kForeign;
    UdpSpec spec;
    spec.source_ip = is_stranger ? kStranger : context_.worker == 0 ? kCaller : kElsewhere;
    spec.source_port = port_of_party(call);
    spec.destination_port = port_for_caller(call);
    if (sender == Sender::kFar) {
      spec.source_ip = kCallee;
      spec.destination_port = port_for_callee(call);
    }
    spec.udp_checksum = false;
    spec.payload = rtp_payload(is_stranger ? 0xbad : call, 0, 20);
    return udp_frame(spec);
  }

  rte_mbuf* mbuf_of(const Frame& frame) {
    auto* mbuf = rte_pktmbuf_alloc(pool_);
    auto* data = rte_pktmbuf_mtod(mbuf, std::byte*);
    std::copy(frame.begin(), frame.end(), data);
    store(data + kRtpAt + offsetof(RtpHeader, sequence), be16(sequence_++));
    mbuf->data_len = static_cast<std::uint16_t>(frame.size());
    mbuf->pkt_len = mbuf->data_len;
    return mbuf;
  }

  // It leaves from the call's other endpoint, and its payload is what it was.
  void examine(const rte_mbuf& mbuf, std::uint32_t call) {
    ++forwarded_;
    const auto* frame = rte_pktmbuf_mtod(&mbuf, const std::byte*);
    const auto udp = load<UdpHeader>(frame + kIpAt + sizeof(Ipv4Header));
    const auto ip = load<Ipv4Header>(frame + kIpAt);
    const auto source = udp.source_port.host();
    const bool is_of_call = source == port_for_callee(call) || source == port_for_caller(call);
    const auto rtp = load<RtpHeader>(frame + kRtpAt);
    const bool is_whole = rtp.version_flags == 0x80 &&
                          frame[mbuf.data_len - 1] == std::byte{0xd5} && ip.source == our_ip_;
    wrong_ += is_of_call && is_whole ? 0 : 1;
  }

  Plane& plane_;
  const std::atomic<Tick>& now_;
  rte_mempool* pool_;
  std::mt19937 chance_;
  std::unique_ptr<ValueRing<LearningEvent>> events_ = ValueRing<LearningEvent>::create(kRingSlots);
  std::unique_ptr<ValueRing<Punt>> punts_ = ValueRing<Punt>::create(64);
  std::unique_ptr<ValueRing<Injection>> injections_ = ValueRing<Injection>::create(64);
  WorkerContext context_;
  std::vector<std::array<Frame, 3>> frames_;  // By call and sender.
  const Be32 our_ip_ = ipv4("198.18.0.1");
  std::uint16_t sequence_ = 0;
  std::uint64_t forwarded_ = 0;
  std::uint64_t wrong_ = 0;
  std::atomic<bool> has_ended_{false};
};

// What the main lcore does, and what comes to it from a control plane.
class RacingHousekeeper {
 public:
  RacingHousekeeper(Plane& plane, std::atomic<Tick>& now) : plane_(plane), now_(now) {}

  void turn(std::vector<std::unique_ptr<RacingWorker>>& workers) {
    plane_.now = now_.fetch_add(1, std::memory_order_relaxed);
    command(static_cast<std::uint32_t>(chance_() % kCalls));
    if (chance_() % 64 == 0) attach();
    for (auto& worker : workers) {
      LearningEvent event;
      while (worker->events().pop({&event, 1}) == 1) plane_.sessions().learn(event, plane_.now);
    }
    plane_.housekeep(1);
    plane_.copies().reclaim();
    for (auto& ring : consumers_) {
      abi::Message message;
      while (receive(ring, message) == abi::Receipt::kMessage) ++copies_;
    }
  }
  // A recorder that has never read before is one that has died.
  void detach() { plane_.copies().replace({}); }
  std::uint64_t copies() const { return copies_; }

 private:
  // Comes, changes, goes.
  void command(std::uint32_t call) {
    auto& generation = generations_[call];
    const auto kind = chance_() % 16;
    if (kind == 0 && is_up_[call]) {
      EXPECT_EQ(plane_.sessions().remove({call, generation}, plane_.now), abi::Status::kDone);
      is_up_[call] = false;
    } else if (kind < 4) {
      if (!is_up_[call]) ++generation;
      const auto* at_whom = kind == 1 ? kElsewhere : kCaller;
      auto wish = plane_.session(call, port_for_callee(call), at(kCallee, port_of_party(call)),
                                 port_for_caller(call), at(at_whom, port_of_party(call)));
      wish.id = {call, generation};
      if (kind == 2) wish.sides[1].flags = abi::kCopyRtp;
      EXPECT_EQ(plane_.set(wish), abi::Status::kDone);
      is_up_[call] = true;
    }
  }

  void attach() {
    std::vector<abi::SlotRing> producers;
    consumers_.clear();
    for (std::uint32_t i = 0; i < kWorkers; ++i) {
      auto ends = abi::two_ends(kRingSlots);
      producers.push_back(std::move(ends.producer));
      consumers_.push_back(std::move(ends.consumer));
    }
    plane_.copies().replace(std::move(producers));
  }

  Plane& plane_;
  std::atomic<Tick>& now_;
  std::mt19937 chance_;
  std::array<std::uint32_t, kCalls> generations_{};
  std::array<bool, kCalls> is_up_{};
  std::vector<abi::SlotRing> consumers_;
  std::uint64_t copies_ = 0;
};

TEST(Threads, WhatWorkersRelayIsWholeWhateverTheHousekeeperChanges) {
  Plane plane(1500, kWorkers - 1);
  for (const auto* ip : {kCaller, kCallee, kElsewhere, kStranger}) plane.resolve(ip, kPhoneMac);
  plane.shared().table.leave(0);  // The plane's own worker does nothing.
  std::atomic<Tick> now{100};
  std::atomic<bool> seen_all{false};
  std::vector<std::unique_ptr<RacingWorker>> workers;
  std::vector<std::jthread> threads;
  for (std::uint32_t i = 0; i < kWorkers; ++i) {
    workers.push_back(std::make_unique<RacingWorker>(plane, i, now));
  }
  for (auto& worker : workers) {
    threads.emplace_back([&] { worker->run(packets_wanted(), seen_all); });
  }
  RacingHousekeeper housekeeper(plane, now);
  while (!workers[0]->has_ended() || !workers[1]->has_ended()) {
    housekeeper.turn(workers);
    seen_all.store(!plane.learned.empty() && housekeeper.copies() > 0, std::memory_order_relaxed);
  }
  threads.clear();
  housekeeper.detach();
  for (const auto& worker : workers) {
    EXPECT_EQ(worker->wrong(), 0U);
    EXPECT_GT(worker->forwarded(), 0U);
  }
  plane.shared().table.enter(0);
}

}  // namespace
}  // namespace mediaplane::test
