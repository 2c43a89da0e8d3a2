// SPDX-License-Identifier: BSD-2-Clause
#include "tests/support/road.h"

#include "dataplane/housekeeper/fragment.h"
#include "tests/support/fence.h"

namespace mediaplane::test {
namespace {

std::uint64_t count_of(const abi::LcoreTotals& totals, std::size_t verdict) {
  return totals.verdicts[verdict].load(std::memory_order_relaxed);
}

std::uint64_t dropped_by(const abi::LcoreTotals& totals) {
  std::uint64_t dropped = 0;
  for (const auto& [verdict, name] : kVerdictNames) {
    if (is_drop(verdict)) dropped += count_of(totals, static_cast<std::size_t>(verdict));
  }
  return dropped;
}

Frame frame_of(const rte_mbuf& mbuf) {
  const auto* data = rte_pktmbuf_mtod(&mbuf, const std::byte*);
  return {data, data + mbuf.data_len};
}

}  // namespace

std::vector<Fate> Road::travel(const std::vector<Frame>& frames, std::uint16_t ethdev) {
  Burst burst;
  plane_.run(burst, frames, ethdev);
  received_ += burst.count;
  std::vector<Fate> fates;
  for (std::uint32_t i = 0; i < burst.count; ++i) fates.push_back(end_of(burst, i, ethdev));
  collect();
  return fates;
}

Fate Road::end_of(const Burst& burst, std::uint32_t i, std::uint16_t ethdev) {
  auto* mbuf = burst.mbufs[i];
  const auto verdict = burst.packets[i].verdict;
  if (verdict == Verdict::kPunt) return slow_end_of({mbuf, verdict, 0, kNoNeighbour, ethdev, 0});
  if (verdict == Verdict::kResolve || verdict == Verdict::kSplit) {
    const auto& entry = *burst.packets[i].entry;
    return slow_end_of({mbuf, verdict, 0, entry.neighbour, entry.egress_port, 0});
  }
  Fate fate{name_of(verdict), {}};
  if (verdict == Verdict::kForward) {
    // Ports take buffers of one pool alone (RTE_ETH_TX_OFFLOAD_MBUF_FAST_FREE).
    EXPECT_EQ(mbuf->pool, plane_.pool());
    fate.sent = frame_of(*mbuf);
    ++transmitted_;
  } else {
    ++dropped_;
  }
  rte_pktmbuf_free(mbuf);
  return fate;
}

// What the housekeeper's books tell of this packet.
Fate Road::slow_end_of(const Punt& punt) {
  const auto& totals = plane_.housekeeper_totals();
  std::array<std::uint64_t, kVerdicts> before;
  for (std::size_t i = 0; i < kVerdicts; ++i) before[i] = count_of(totals, i);
  const auto consumed = totals.consumed.load();
  const auto generated = totals.generated.load();
  // An answer may be longer than the question; every buffer has room for it.
  const auto mbuf = *punt.mbuf;
  const auto length = mbuf.data_len;
  fence(mbuf, 0, static_cast<std::uint16_t>(std::max(kMaxDiscoveryBytes, length) - length));
  // What is put together may get the very buffer that its last fragment has left.
  if (read_fragment({rte_pktmbuf_mtod(&mbuf, const std::byte*), length})) unfence(mbuf);
  slow_path_.handle(punt, plane_.now);
  unfence(mbuf);
  for (std::size_t i = 0; i < kVerdicts; ++i) {
    if (count_of(totals, i) != before[i]) return {kVerdictNames[i].name, {}};
  }
  if (punt.verdict == Verdict::kSplit) return {name_of(punt.verdict), {}};
  if (totals.consumed.load() == consumed) return {"held", {}};
  return {totals.generated.load() == generated ? "consumed" : "answered", {}};
}

// As a worker does with what the housekeeper has put together.
void Road::process(rte_mbuf* mbuf, std::uint16_t ethdev) {
  Burst burst;
  burst.count = 1;
  burst.mbufs[0] = mbuf;
  plane_.run(burst, ethdev);
  put_together_.push_back(end_of(burst, 0, ethdev));
}

// A datagram that is put together may leave in fragments, which come after it.
void Road::collect() {
  for (auto all = plane_.take_injected(); !all.empty(); all = plane_.take_injected()) {
    for (const auto& [mbuf, ethdev, came_in, reserved] : all) {
      if (came_in != 0) {
        process(mbuf, ethdev);
        continue;
      }
      ++transmitted_;
      sent_.push_back(frame_of(*mbuf));
      rte_pktmbuf_free(mbuf);
    }
  }
}

void Road::pass(Tick ticks) {
  for (Tick i = 0; i < ticks; ++i) {
    plane_.housekeep();
    plane_.neighbours().tick(plane_.now);
    plane_.fragments().tick(plane_.now);
    slow_path_.tick(plane_.now);
    collect();
  }
}

std::int64_t Road::surplus() const {
  const auto& totals = plane_.housekeeper_totals();
  return static_cast<std::int64_t>(totals.generated.load() - dropped_by(totals) -
                                   totals.consumed.load());
}

bool Road::balances() {
  collect();
  const auto held = plane_.neighbours().held() + plane_.fragments().held();
  const auto in = static_cast<std::int64_t>(received_) + surplus() - surplus_;
  const auto out = static_cast<std::int64_t>(transmitted_ + dropped_ + held);
  return in == out && plane_.mbufs_in_use() == plane_.neighbours().held();
}

}  // namespace mediaplane::test
