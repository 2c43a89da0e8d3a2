// SPDX-License-Identifier: BSD-2-Clause
#include "dataplane/worker/loop.h"

#include <algorithm>

#include <rte_ethdev.h>
#include <rte_mbuf.h>
#include <rte_prefetch.h>
#include <sys/prctl.h>

#include "dataplane/pipeline/double.h"
#include "dataplane/pipeline/process.h"
#include "dataplane/worker/idle.h"

namespace mediaplane {
namespace {

void drop(rte_mbuf* mbuf, Verdict verdict, WorkerContext& context) {
  count(context.totals, verdict);
  rte_pktmbuf_free(mbuf);
}

void hand_over(rte_mbuf* mbuf, Verdict verdict, NeighbourIndex neighbour, std::uint16_t ethdev,
               WorkerContext& context) {
  if (context.punts.push(
          {mbuf, verdict, 0, neighbour, ethdev, static_cast<std::uint16_t>(context.worker)})) {
    count(context.totals, verdict);
  } else {
    drop(mbuf, Verdict::kSlowPathFull, context);
  }
}

// The end of a packet that is not sent: handed to the housekeeper, or dropped.
void end(const Packet& packet, std::uint16_t ethdev, WorkerContext& context) {
  if (packet.verdict == Verdict::kPunt) {
    hand_over(packet.mbuf, packet.verdict, kNoNeighbour, ethdev, context);
  } else if (packet.verdict == Verdict::kResolve || packet.verdict == Verdict::kSplit) {
    const auto& entry = *packet.entry;
    hand_over(packet.mbuf, packet.verdict, entry.neighbour, entry.egress_port, context);
  } else {
    drop(packet.mbuf, packet.verdict, context);
  }
}

// The end of all packets on this lcore.
void dispatch(const Burst& burst, std::uint16_t ethdev, WorkerContext& context,
              Transmitter& transmitter) {
  auto forwarded = burst.count;
  for (const auto& packet : std::span(burst.packets).first(burst.count)) {
    if (packet.verdict != Verdict::kForward) [[unlikely]] {
      --forwarded;
      end(packet, ethdev, context);
      continue;
    }
    const auto egress_port = packet.entry->egress_port;
    const bool twice = (packet.entry->extras & kSentTwice) != 0;
    auto* second = twice ? double_of(packet, context) : nullptr;
    transmitter.add(egress_port, packet.mbuf);
    if (second != nullptr) transmitter.add(egress_port, second);
  }
  count(context.totals, Verdict::kForward, forwarded);
}

// Bytes of the burst. On the way it fetches what the first stage reads.
std::uint64_t look_over(const Burst& burst) {
  std::uint64_t bytes = 0;
  for (std::uint32_t i = 0; i < burst.count; ++i) {
    rte_prefetch0(rte_pktmbuf_mtod(burst.mbufs[i], void*));
    bytes += burst.mbufs[i]->pkt_len;
  }
  return bytes;
}

}  // namespace

Worker::Worker(WorkerSetup& setup)
    : setup_(setup),
      clock_(setup.clock_start),
      transmitter_(setup.context.shared.ports.size(), setup.ports, setup.context.shared.links,
                   setup.context.totals) {
  setup.context.shared.table.enter(setup.context.worker);
}

Worker::~Worker() {
  inject();
  transmitter_.flush();
  setup_.context.shared.table.leave(setup_.context.worker);
}

// Keeps its own share of the burst.
void Worker::share_out(const WorkerPort& port) {
  auto& context = setup_.context;
  const auto shares = static_cast<std::uint32_t>(port.guests.size() + 1);
  std::uint32_t kept = 0;
  for (std::uint32_t i = 0; i < burst_.count; ++i) {
    auto* mbuf = burst_.mbufs[i];
    const auto share = share_of(*mbuf, shares);
    if (share == 0) {
      burst_.mbufs[kept++] = mbuf;
    } else if (!port.guests[share - 1]->received->push(mbuf)) {
      abi::add(context.totals.received, std::uint64_t{1});
      drop(mbuf, Verdict::kSpreadFull, context);
    }
  }
  burst_.count = kept;
}

// What guests have to send on this port.
std::uint32_t Worker::send_for_guests(const WorkerPort& port) {
  std::uint32_t packets = 0;
  std::array<rte_mbuf*, kBurst> mbufs;
  for (const auto* guest : port.guests) {
    const auto count = guest->to_send->pop(mbufs);
    for (unsigned i = 0; i < count; ++i) transmitter_.add(port.ethdev, mbufs[i]);
    packets += count;
  }
  return packets;
}

// One burst. A packet counts as received by the worker that decides about it.
std::uint32_t Worker::receive(const WorkerPort& port) {
  auto& context = setup_.context;
  std::uint32_t moved = 0;
  if (port.host != nullptr) {
    burst_.count = port.host->received->pop(burst_.mbufs);
  } else {
    burst_.count = rte_eth_rx_burst(port.ethdev, port.queue, burst_.mbufs.data(), kBurst);
    if (!port.guests.empty()) {
      moved = burst_.count + send_for_guests(port);
      share_out(port);
    }
  }
  if (burst_.count == 0) return moved;
  abi::add(context.totals.received, std::uint64_t{burst_.count});
  abi::add(context.totals.received_bytes, look_over(burst_));
  process(burst_, context.shared.ports[port.ethdev], context);
  dispatch(burst_, port.ethdev, context, transmitter_);
  return std::max(burst_.count, moved);
}

// A datagram that the housekeeper has put together, as if it had come in just now.
void Worker::process_one(rte_mbuf* mbuf, std::uint16_t ethdev) {
  auto& context = setup_.context;
  burst_.count = 1;
  burst_.mbufs[0] = mbuf;
  process(burst_, context.shared.ports[ethdev], context);
  dispatch(burst_, ethdev, context, transmitter_);
}

// Packets that the housekeeper made, resolved or put together.
std::uint32_t Worker::inject() {
  std::array<Injection, kBurst> injections;
  const auto count = setup_.context.injections.pop(injections);
  for (std::uint32_t i = 0; i < count; ++i) {
    const auto& [mbuf, ethdev, came_in, reserved] = injections[i];
    if (came_in == 0) [[likely]] {
      transmitter_.add(ethdev, mbuf);
    } else {
      process_one(mbuf, ethdev);
    }
  }
  return count;
}

std::uint32_t Worker::round(std::uint64_t tsc) {
  auto& context = setup_.context;
  context.now = clock_.now(tsc);
  context.microseconds = clock_.microseconds(tsc);
  std::uint32_t packets = inject();
  for (const auto& port : setup_.ports) packets += receive(port);
  transmitter_.flush();
  context.shared.table.pass(context.worker);
  abi::add(context.totals.polls, std::uint64_t{1});
  if (packets > 0) abi::add(context.totals.busy_polls, std::uint64_t{1});
  return packets;
}

void run_worker(WorkerSetup& setup) {
  prctl(PR_SET_TIMERSLACK, 1UL);  // Sleep as long as asked, not 50 us longer.
  Idle idle(setup.idle_sleep_us);
  Worker worker(setup);
  while (!setup.stop.load(std::memory_order_relaxed)) {
    const auto tsc = rte_rdtsc();
    if (worker.round(tsc) > 0) {
      idle.had_packets(tsc);
    } else if (idle.wait(tsc)) {
      abi::add(setup.context.totals.sleeps, std::uint64_t{1});
    }
  }
}

}  // namespace mediaplane
