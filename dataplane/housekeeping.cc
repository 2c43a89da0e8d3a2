// SPDX-License-Identifier: BSD-2-Clause
#include "dataplane/housekeeping.h"

#include <algorithm>
#include <array>

#include <rte_mbuf.h>
#include <spdlog/spdlog.h>
#include <sys/signalfd.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include "dataplane/report.h"

namespace mediaplane {
namespace {

// Bounds for one turn, so that no flood of one kind keeps the others waiting.
constexpr int kCommandsPerTurn = 256;
constexpr int kPlayedPerTurn = 256;
constexpr int kBurstsPerTurn = 8;
// Workers ring no bell, so their rings are looked at every millisecond. In a lab that has been
// quiet for a while the first to speak may wait a little longer: waking up is what an idle machine
// pays for.
constexpr int kPatienceMs = 1;
constexpr int kQuietPatienceMs = 4;
constexpr std::uint32_t kQuietTurns = 200;
constexpr Tick kLostCopiesInterval = 5 * kTicksPerSecond;  // At most one line.

std::vector<ValueRing<Injection>*> injection_rings(const std::vector<HousekeeperRings>& rings) {
  std::vector<ValueRing<Injection>*> injections;
  for (const auto& ring : rings) injections.push_back(&ring.injections);
  return injections;
}

Routes routes_of(const Config& config, const Ports& ports) {
  std::vector<std::uint16_t> ethdevs;
  std::vector<MacAddress> macs;
  for (const auto& port : ports.all()) {
    ethdevs.push_back(port.ethdev);
    macs.push_back(port.mac);
  }
  return Routes(config, ethdevs, macs);
}

template <typename T, typename Handle>
bool take(ValueRing<T>& ring, int bursts, Handle handle) {
  std::array<T, kBurst> values;
  for (int i = 0; i < bursts; ++i) {
    const auto count = ring.pop(values);
    for (unsigned j = 0; j < count; ++j) handle(values[j]);
    if (count < kBurst) return false;
  }
  return true;  // There may be more.
}

}  // namespace

Housekeeping::Housekeeping(const Config& config, Ports& ports, Shared& shared, AttachServer& attach,
                           const FragmentMeans& means, std::vector<HousekeeperRings> rings,
                           CopyRings& copies, std::uint64_t clock_start)
    : config_(config),
      ports_(ports),
      shared_(shared),
      attach_(attach),
      rings_(std::move(rings)),
      copies_(copies),
      outbox_(means.packets, injection_rings(rings_),
              shared.region.lcore_totals(shared.region.layout().lcore_count - 1)),
      neighbours_(shared.neighbours, outbox_),
      fragments_(shared.ports, means, neighbours_, outbox_),
      slow_path_(shared.ports, neighbours_, fragments_, outbox_),
      routes_(routes_of(config, ports)),
      sessions_(shared, routes_, neighbours_,
                [this](const abi::Learned& learned) {
                  attach_.send(abi::MessageType::kLearned, 0, abi::as_bytes_of(learned));
                }),
      playback_(shared, sessions_, neighbours_, outbox_),
      telemetry_(shared.region, ports),
      clock_(clock_start) {
  pin_gateways();
}

// Gateways are resolved before the first packet needs them, and kept.
void Housekeeping::pin_gateways() {
  for (const auto& local : routes_.local_addresses()) {
    const auto& gateway = config_.ports[local.port].gateway_of(local.ip.family);
    if (!gateway.ip) continue;
    if (gateway.mac) {
      neighbours_.pin(local.ethdev, *gateway.ip, *gateway.mac, now_);
    } else {
      neighbours_.acquire(local.ethdev, *gateway.ip, {local.mac, local.ip}, now_);
    }
  }
}

void Housekeeping::run(const RunOptions& options, MemoryReserve& reserve) {
  const abi::FileDescriptor signals(
      signalfd(-1, &options.stop_signals, SFD_NONBLOCK | SFD_CLOEXEC));
  attach_.watch(signals.get());
  relate_clocks();
  follow_links(true);
  bool more = false;
  for (;;) {
    const auto handled = handled_;
    more = turn(more ? 0 : patience());
    reserve.refill();
    quiet_turns_ = handled == handled_ ? quiet_turns_ + 1 : 0;
    signalfd_siginfo signal{};
    if (read(signals.get(), &signal, sizeof signal) > 0) {
      spdlog::info("{}: stopping", strsignal(static_cast<int>(signal.ssi_signo)));
      return;
    }
    listen_for_silence();
    if (ticks_between(last_second_, now_) >= static_cast<std::int32_t>(kTicksPerSecond)) {
      last_second_ = now_;
      second(options);
    }
  }
}

bool Housekeeping::turn(int milliseconds) {
  attach_.wait(milliseconds);
  const auto before = now_;
  now_ = clock_.now(rte_rdtsc());
  auto& header = shared_.region.header();
  header.tick.store(now_, std::memory_order_release);
  header.heartbeat.fetch_add(1, std::memory_order_release);
  follow_attachment();
  const bool more_packets = serve_workers();
  const bool more_played = serve_playback();  // Before the command that ends the prompt.
  const bool more_commands = serve_commands();
  if (now_ != before) tick();
  attach_.flush();
  return more_packets || more_played || more_commands;
}

int Housekeeping::patience() const {
  const bool is_lab = config_.dataplane.idle_sleep_us != 0;
  return is_lab && quiet_turns_ > kQuietTurns ? kQuietPatienceMs : kPatienceMs;
}

bool Housekeeping::serve_workers() {
  bool more = false;
  for (auto& ring : rings_) {
    more |= take(ring.events, kBurstsPerTurn, [this](const LearningEvent& event) {
      ++handled_;
      sessions_.learn(event, now_);
    });
    more |= take(ring.punts, kBurstsPerTurn, [this](const Punt& punt) {
      ++handled_;
      slow_path_.handle(punt, now_);
    });
  }
  return more;
}

// Another control plane has other rings, and prompts end with whoever plays them.
void Housekeeping::follow_attachment() {
  if (attach_.attachment() == attachment_) return;
  if (attachment_ != 0) sessions_.stop_prompts(now_);
  attachment_ = attach_.attachment();
  copies_.replace(attach_.take_copy_rings());
}

bool Housekeeping::serve_playback() {
  for (int i = 0; i < kPlayedPerTurn; ++i) {
    if (!attach_.receive_played(message_)) return false;
    ++handled_;
    if (!playback_.play(message_, now_)) {
      attach_.expel("a message in the playback ring makes no sense");
      return false;
    }
  }
  return true;
}

bool Housekeeping::serve_commands() {
  for (int i = 0; i < kCommandsPerTurn; ++i) {
    if (attach_.is_congested() || !attach_.receive(message_)) return false;
    ++handled_;
    const abi::Reply reply{execute(message_), 0};
    attach_.send(abi::MessageType::kReply, message_.header().request, abi::as_bytes_of(reply));
  }
  return true;
}

abi::Status Housekeeping::execute(const abi::Message& message) {
  std::span<const std::byte> rest;
  const auto type = message.header().type;
  if (type == abi::MessageType::kSetSession) {
    abi::Session session;
    return message.read(session, rest) ? sessions_.set(session, rest, now_)
                                       : abi::Status::kMalformed;
  }
  if (type == abi::MessageType::kRemoveSession) {
    abi::SessionId id;
    return message.read(id, rest) && rest.empty() ? sessions_.remove(id, now_)
                                                  : abi::Status::kMalformed;
  }
  if (type == abi::MessageType::kSynchronize) {
    return message.body().empty() ? abi::Status::kDone : abi::Status::kMalformed;
  }
  return abi::Status::kMalformed;
}

void Housekeeping::tick() {
  follow_links(false);
  neighbours_.tick(now_);
  slow_path_.tick(now_);
  fragments_.tick(now_);
  sessions_.tick(now_);
  shared_.table.reclaim();
  copies_.reclaim();
}

void Housekeeping::follow_links(bool look) {
  for (const auto& change : ports_.follow_links(look)) {
    shared_.links.set(change.ethdev, change.is_up);
    neighbours_.link_changed(change.ethdev, change.is_up, now_);
    if (change.is_up) slow_path_.announce(change.ethdev, now_);
  }
}

void Housekeeping::listen_for_silence() {
  if (ticks_between(last_listening_, now_) < static_cast<std::int32_t>(Silence::kInterval)) return;
  last_listening_ = now_;
  const auto& ports = ports_.all();
  silences_.resize(ports.size());
  for (std::size_t i = 0; i < ports.size(); ++i) {
    if (silences_[i].must_be_broken(packets_sent(ports[i]))) slow_path_.be_seen(ports[i].ethdev);
  }
}

TelemetrySnapshot Housekeeping::snapshot() const {
  TelemetrySnapshot snapshot{sessions_.count(), sessions_.created(), neighbours_.all(), {}};
  for (const auto& port : ports_.all()) snapshot.links.push_back(port.link);
  return snapshot;
}

// Since the last call.
bool Housekeeping::all_workers_moved() {
  bool all = true;
  polls_.resize(rings_.size());
  for (std::uint32_t i = 0; i < polls_.size(); ++i) {
    const auto polls = shared_.region.lcore_totals(i).polls.load(std::memory_order_relaxed);
    all &= polls != polls_[i];
    polls_[i] = polls;
  }
  return all;
}

// systemd restarts a data plane whose workers stand still (WatchdogSec= in the unit).
void Housekeeping::tell_service_manager(const TelemetrySnapshot& snapshot) {
  const auto links = std::count(snapshot.links.begin(), snapshot.links.end(), Link::kUp);
  const auto status =
      fmt::format("STATUS={} of {} ports up, {} sessions{}", links, snapshot.links.size(),
                  snapshot.sessions, all_workers_moved() ? "\nWATCHDOG=1" : "");
  sd_notify(0, status.c_str());
}

// The clock of the data plane never jumps; the wall clock may.
void Housekeeping::relate_clocks() {
  timespec wall{};
  clock_gettime(CLOCK_REALTIME, &wall);
  const auto wall_us = static_cast<std::uint64_t>(wall.tv_sec) * 1000000 +
                       static_cast<std::uint64_t>(wall.tv_nsec) / 1000;
  shared_.region.header().clock_start.store(wall_us - clock_.microseconds(rte_rdtsc()),
                                            std::memory_order_release);
}

void Housekeeping::tell_lost_copies() {
  const auto lost = copies_lost(shared_.region);
  if (lost == copies_lost_ || now_ - copies_lost_told_ < kLostCopiesInterval) return;
  spdlog::warn("{} packets more are missing in recordings: {}", lost - copies_lost_,
               attach_.is_attached() ? "the recorder does not keep up" : "no control plane");
  copies_lost_ = lost;
  copies_lost_told_ = now_;
}

void Housekeeping::second(const RunOptions& options) {
  relate_clocks();
  follow_links(true);
  while (const auto conflict = slow_path_.take_conflict()) {
    spdlog::error("address {} is used by {} as well; one of the two must go",
                  to_string(conflict->ip), to_string(conflict->mac));
  }
  tell_lost_copies();
  auto now = snapshot();
  tell_service_manager(now);
  telemetry_.update(std::move(now));
  if (options.stats_period_s != 0 && ++seconds_ % options.stats_period_s == 0) {
    options.print(statistics_text(shared_.region, ports_, sessions_.count()));
  }
}

void Housekeeping::drain() {
  constexpr int kAll = 1 << 20;
  for (auto& ring : rings_) {
    take(ring.punts, kAll,
         [this](const Punt& punt) { outbox_.drop(punt.mbuf, Verdict::kStopping); });
    take(ring.injections, kAll,
         [this](const Injection& injection) { outbox_.drop(injection.mbuf, Verdict::kStopping); });
  }
  neighbours_.drop_held(Verdict::kStopping);
  fragments_.drop_held(Verdict::kStopping);
}

}  // namespace mediaplane
