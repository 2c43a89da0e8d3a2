// SPDX-License-Identifier: BSD-2-Clause
// Several workers of one relay path at the same time, each on an lcore of its own, with a queue
// pair, a generator and a sink of its own and its share of the calls. What they share is what
// workers share: the flow table, the region, the buffers.
#include <barrier>

#include <fmt/format.h>
#include <rte_launch.h>

#include "tests/perf/bench/modes.h"
#include "tests/perf/bench/ring_setup.h"
#include "tests/perf/bench/rounds.h"

namespace mediaplane::bench {
namespace {

// One worker of the path, seen from its generator and sink.
class Lane : public Subject {
 public:
  Lane(RelayPath& path, std::uint32_t worker) : path_(path), worker_(worker) {}

  // From now on the caller's lcore is the worker's, and other lanes run beside it; or no longer.
  void run_alone(bool alone) { alone_ = alone; }

  MacAddress mac() const override { return path_.mac(); }
  rte_mempool* pool() override { return path_.pool(); }
  std::uint32_t put(std::span<rte_mbuf*> mbufs) override {
    return path_.wire().put(worker_, mbufs);
  }
  std::uint32_t take(std::span<rte_mbuf*, kBurst> mbufs) override {
    return path_.wire().take(worker_, mbufs);
  }
  void serve() override {
    if (!alone_) return path_.serve();
    while (path_.round(rte_rdtsc(), worker_) > 0) {
    }
  }
  const Drops* drops() override { return path_.drops(); }
  std::string fault_of_books() override { return path_.fault_of_books(); }
  bool is_drained() override { return path_.is_drained(); }
  std::uint32_t patience_ms() const override { return path_.patience_ms(); }

 private:
  RelayPath& path_;
  std::uint32_t worker_;
  bool alone_ = false;
};

// While lanes run, nobody learns anything, and the control plane's rings are one thread's.
class NoSetup : public CallSetup {
 public:
  Result<void, std::string> set_up(std::span<Call>, std::uint32_t) override { return {}; }
  Result<void, std::string> tear_down(std::uint32_t) override { return {}; }
  void forget_events() override {}
};

// One worker with its generator and its sink.
class Track {
 public:
  // `calls`: its share.
  Track(const Options& options, RelayPath& path, std::uint32_t worker, std::span<const Call> calls,
        std::barrier<>& begin)
      : options_(options),
        path_(path),
        worker_(worker),
        sessions_(static_cast<std::uint32_t>(calls.size())),
        begin_(begin),
        lane_(path, worker) {
    auto traffic = options.traffic;
    traffic.sessions = sessions_;
    traffic_ = std::make_unique<Traffic>(traffic, calls, Traffic::Macs{lane_.mac()});
  }

  // One after the other.
  void learn(CallSetup& setup) { Exchange(lane_, setup, *traffic_).teach(0, sessions_); }
  // All at the same time, each on its own lcore.
  void run() {
    NoSetup none;
    Exchange exchange(lane_, none, *traffic_);
    lane_.run_alone(true);
    begin_.arrive_and_wait();
    cycles_ = time_rounds(path_, worker_, *traffic_, exchange, options_);
    exchange.settle();
    lane_.run_alone(false);
  }

  std::uint32_t worker() const { return worker_; }
  const Cycles& cycles() const { return cycles_; }
  std::uint64_t received() const {
    return path_.assembly().shared().region.lcore_totals(worker_).received;
  }
  // The worker has to have received what its own generator has sent.
  Account account() {
    auto account = account_of(*traffic_, lane_);
    if (received() != account.sent) {
      account.faults.push_back(fmt::format("worker {} received {} packets", worker_, received()));
    }
    return account;
  }

 private:
  const Options& options_;
  RelayPath& path_;
  std::uint32_t worker_;
  std::uint32_t sessions_;
  std::barrier<>& begin_;
  Lane lane_;
  std::unique_ptr<Traffic> traffic_;
  Cycles cycles_;
};
using Tracks = std::vector<std::unique_ptr<Track>>;

int track_main(void* track) {
  static_cast<Track*>(track)->run();
  return 0;
}

void add_cycles(Outcome& outcome, const Tracks& tracks) {
  double sum = 0;
  for (const auto& track : tracks) {
    const auto& cycles = track->cycles();
    const auto worker = track->worker();
    sum += cycles.median;
    outcome.figures.add(fmt::format("worker{}_cycles", worker), cycles.median);
    outcome.figures.add(fmt::format("worker{}_received", worker), track->received());
    outcome.table += fmt::format(
        "  worker {:<13}{:8.1f} cycles a packet median, {:.1f} best, {:.1f} worst of a hundred\n",
        worker, cycles.median, cycles.best, cycles.worst);
  }
  const auto mean = sum / static_cast<double>(tracks.size());
  outcome.figures.add("median_cycles", mean);
  outcome.table += fmt::format("  mean of the medians {:8.1f}\n", mean);
}

}  // namespace

Result<Outcome, std::string> run_workers(const Options& options, const Config& config) {
  const auto workers = options.workers;
  auto path = RelayPath::create(config, 2 * options.in_flight, Placement::kCallersLcores, workers);
  if (!path) return failure(path.error());
  auto setup = RingSetup::attach(**path, config);
  if (!setup) return failure(setup.error());
  auto calls = numbered_calls(options.traffic.sessions, options.traffic.families);
  if (auto set = (*setup)->set_up(calls, 0); !set) return failure(set.error());

  std::barrier<> begin(workers);
  Tracks tracks;
  for (std::uint32_t worker = 0; worker < workers; ++worker) {
    const auto first = calls.size() * worker / workers;
    const auto end = calls.size() * (worker + 1) / workers;
    const auto share = std::span(calls).subspan(first, end - first);
    tracks.push_back(std::make_unique<Track>(options, **path, worker, share, begin));
    tracks.back()->learn(**setup);
  }
  for (std::uint32_t worker = 1; worker < workers; ++worker) {
    if (rte_eal_remote_launch(track_main, tracks[worker].get(), worker) != 0) {
      return failure(fmt::format("lcore {} does not start", worker));
    }
  }
  tracks[0]->run();
  rte_eal_mp_wait_lcore();

  Outcome outcome{described(options, "run"), headline(options), false};
  outcome.figures.add("workers", std::uint64_t{workers});
  add_cycles(outcome, tracks);
  Account account;
  for (auto& track : tracks) account.add(track->account());
  conclude(outcome, account);
  return outcome;
}

}  // namespace mediaplane::bench
