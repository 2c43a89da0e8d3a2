// SPDX-License-Identifier: BSD-2-Clause
#include "tests/perf/micro/stages.h"

#include <algorithm>
#include <array>

#include <rte_cycles.h>

#include "dataplane/pipeline/admit.h"
#include "dataplane/pipeline/classify.h"
#include "dataplane/pipeline/lookup.h"
#include "dataplane/pipeline/measure.h"
#include "dataplane/pipeline/process.h"
#include "dataplane/pipeline/rewrite.h"
#include "tests/perf/bench/machine.h"

namespace mediaplane::bench {

Result<std::unique_ptr<Stages>, std::string> Stages::create(std::uint32_t sessions,
                                                            std::uint32_t in_flight) {
  std::unique_ptr<Stages> stages(new Stages(sessions, in_flight));
  if (auto prepared = stages->prepare(); !prepared) return failure(prepared.error());
  return stages;
}

Result<void, std::string> Stages::prepare() {
  const auto addresses = relay_addresses(options_.sessions, options_.families);
  auto path =
      RelayPath::create(relay_configuration(options_.sessions, addresses, mbufs_for(in_flight_)),
                        in_flight_, Placement::kCallersLcores);
  if (!path) return failure(path.error());
  path_ = std::move(*path);
  auto setup = RingSetup::attach(*path_, path_->config());
  if (!setup) return failure(setup.error());
  setup_ = std::move(*setup);
  auto calls = numbered_calls(options_.sessions, options_.families);
  if (auto set = setup_->set_up(calls, 0); !set) return failure(set.error());
  traffic_ = std::make_unique<Traffic>(options_, calls, Traffic::Macs{path_->mac()});
  exchange_ = std::make_unique<Exchange>(*path_, *setup_, *traffic_);
  exchange_->teach(0, options_.sessions);
  worker_.reset(new WorkerSetup(path_->assembly().worker_setup(0, stop_)));
  mbufs_.resize(in_flight_);
  return {};
}

bool Stages::fill() {
  if (rte_pktmbuf_alloc_bulk(path_->pool(), mbufs_.data(), in_flight_) != 0) return false;
  for (auto* mbuf : mbufs_) {
    const auto frame = traffic_->next();
    std::copy(frame.begin(), frame.end(), rte_pktmbuf_mtod(mbuf, std::byte*));
    mbuf->data_len = static_cast<std::uint16_t>(frame.size());
    mbuf->pkt_len = mbuf->data_len;
  }
  return true;
}

std::uint64_t Stages::cycles_of_burst(Stage stage, std::uint32_t first) {
  auto& context = worker_->context;
  const auto ethdev = worker_->ports[0].ethdev;
  const auto& port = context.shared.ports[ethdev];
  burst_.count = std::min<std::uint32_t>(kBurst, in_flight_ - first);
  std::copy_n(mbufs_.begin() + first, burst_.count, burst_.mbufs.begin());
  std::array<std::uint64_t, 6> at{};
  at[0] = rte_rdtsc();
  if (stage == Stage::kProcess) {
    process(burst_, port, context);
    at[1] = rte_rdtsc();
  } else {
    classify(burst_, port, context.shared);
    at[1] = rte_rdtsc();
    look_up(burst_, context);
    at[2] = rte_rdtsc();
    admit(burst_, context);
    at[3] = rte_rdtsc();
    measure(burst_, {context.now, context.microseconds});
    at[4] = rte_rdtsc();
    rewrite(burst_, context);
    at[5] = rte_rdtsc();
  }
  context.shared.table.pass(context.worker);
  const bool all_whole =
      std::all_of(burst_.packets.begin(), burst_.packets.begin() + burst_.count,
                  [](const Packet& packet) { return packet.verdict == Verdict::kForward; });
  const auto place = stage == Stage::kProcess ? 0U : static_cast<unsigned>(stage);
  return all_whole ? at[place + 1] - at[place] : 0;
}

std::uint64_t Stages::whole_cycles() {
  const auto missing = traffic_->missing();
  for (std::uint32_t i = 0; i < in_flight_; ++i) exchange_->offer(traffic_->next());
  exchange_->flush();
  const auto begin = rte_rdtsc();
  while (path_->round(rte_rdtsc()) > 0) {
  }
  const auto cycles = rte_rdtsc() - begin;
  exchange_->settle();
  return traffic_->missing() == missing ? cycles : 0;
}

std::uint64_t Stages::cycles(Stage stage) {
  if (stage == Stage::kWhole) return whole_cycles();
  if (!fill()) return 0;
  std::uint64_t sum = 0;
  bool all_whole = true;
  for (std::uint32_t first = 0; first < in_flight_; first += kBurst) {
    const auto cycles = cycles_of_burst(stage, first);
    all_whole &= cycles != 0;
    sum += cycles;
  }
  rte_pktmbuf_free_bulk(mbufs_.data(), in_flight_);
  exchange_->write_off();  // Nothing was transmitted.
  path_->housekeep();
  return all_whole ? sum : 0;
}

}  // namespace mediaplane::bench
