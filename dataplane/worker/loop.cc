// SPDX-License-Identifier: BSD-2-Clause
#include "dataplane/worker/loop.h"

#include <rte_ethdev.h>
#include <rte_mbuf.h>
#include <sys/prctl.h>

#include "dataplane/pipeline/double.h"
#include "dataplane/pipeline/process.h"
#include "dataplane/worker/clock.h"
#include "dataplane/worker/idle.h"
#include "dataplane/worker/transmit.h"

namespace mediaplane {
namespace {

void drop(rte_mbuf* mbuf, Verdict verdict, WorkerContext& context) {
  count(context.totals, verdict);
  rte_pktmbuf_free(mbuf);
}

void hand_over(rte_mbuf* mbuf, Verdict verdict, NeighbourIndex neighbour, std::uint16_t ethdev,
               WorkerContext& context) {
  if (context.punts.push({mbuf, verdict, 0, neighbour, ethdev, 0})) {
    count(context.totals, verdict);
  } else {
    drop(mbuf, Verdict::kSlowPathFull, context);
  }
}

// The end of a packet on this lcore: transmitted, handed to the housekeeper or dropped.
void dispatch(const Burst& burst, std::uint16_t ethdev, WorkerContext& context,
              Transmitter& transmitter) {
  for (std::uint32_t i = 0; i < burst.count; ++i) {
    auto* mbuf = burst.mbufs[i];
    const auto verdict = burst.verdicts[i];
    if (verdict == Verdict::kForward) {
      const auto& entry = *burst.entries[i];
      count(context.totals, verdict);
      auto* second = (entry.extras & kSentTwice) == 0 ? nullptr : double_of(burst, i, context);
      transmitter.add(entry.egress_port, mbuf);
      if (second != nullptr) transmitter.add(entry.egress_port, second);
    } else if (verdict == Verdict::kPunt) {
      hand_over(mbuf, verdict, kNoNeighbour, ethdev, context);
    } else if (verdict == Verdict::kResolve) {
      const auto& entry = *burst.entries[i];
      hand_over(mbuf, verdict, entry.neighbour, entry.egress_port, context);
    } else {
      drop(mbuf, verdict, context);
    }
  }
}

std::uint64_t bytes_of(const Burst& burst) {
  std::uint64_t bytes = 0;
  for (std::uint32_t i = 0; i < burst.count; ++i) bytes += burst.mbufs[i]->pkt_len;
  return bytes;
}

std::uint32_t receive(const ReceiveQueue& from, Burst& burst, WorkerContext& context,
                      Transmitter& transmitter) {
  burst.count = rte_eth_rx_burst(from.ethdev, from.queue, burst.mbufs.data(), kBurst);
  if (burst.count == 0) return 0;
  abi::add(context.totals.received, std::uint64_t{burst.count});
  abi::add(context.totals.received_bytes, bytes_of(burst));
  process(burst, context.shared.ports[from.ethdev], context);
  dispatch(burst, from.ethdev, context, transmitter);
  return burst.count;
}

// Packets that the housekeeper made or resolved.
std::uint32_t inject(WorkerContext& context, Transmitter& transmitter) {
  std::array<Injection, kBurst> injections;
  const auto count = context.injections.pop(injections);
  for (std::uint32_t i = 0; i < count; ++i) {
    transmitter.add(static_cast<std::uint16_t>(injections[i].ethdev), injections[i].mbuf);
  }
  return count;
}

}  // namespace

void run_worker(WorkerSetup& setup) {
  auto& context = setup.context;
  prctl(PR_SET_TIMERSLACK, 1UL);  // Sleep as long as asked, not 50 us longer.
  Clock clock(setup.clock_start);
  Idle idle(setup.idle_sleep_us);
  Transmitter transmitter(static_cast<std::uint16_t>(context.worker), context.shared.ports.size(),
                          context.totals);
  Burst burst;
  context.shared.table.enter(context.worker);
  while (!setup.stop.load(std::memory_order_relaxed)) {
    const auto tsc = rte_rdtsc();
    context.now = clock.now(tsc);
    context.microseconds = clock.microseconds(tsc);
    std::uint32_t packets = inject(context, transmitter);
    for (const auto& queue : setup.queues) packets += receive(queue, burst, context, transmitter);
    transmitter.flush();
    context.shared.table.pass(context.worker);
    abi::add(context.totals.polls, std::uint64_t{1});
    if (packets > 0) {
      abi::add(context.totals.busy_polls, std::uint64_t{1});
      idle.had_packets(tsc);
    } else if (idle.wait(tsc)) {
      abi::add(context.totals.sleeps, std::uint64_t{1});
    }
  }
  inject(context, transmitter);
  transmitter.flush();
  context.shared.table.leave(context.worker);
}

}  // namespace mediaplane
