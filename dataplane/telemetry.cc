// SPDX-License-Identifier: BSD-2-Clause
#include "dataplane/telemetry.h"

#include <string>

#include <rte_ethdev.h>
#include <rte_telemetry.h>

#include "dataplane/pipeline/verdict.h"
#include "dataplane/report.h"

namespace mediaplane {
namespace {

// EAL hands nothing of ours to a handler, and forgets no handler: they find the one Telemetry here.
std::mutex instance_mutex;
Telemetry* instance = nullptr;

// A dictionary of 22.11 holds 256 entries; an answer 16 KiB.
constexpr std::size_t kMaxNeighboursTold = 150;

std::uint64_t value(const abi::Counter<std::uint64_t>& counter) {
  return counter.load(std::memory_order_relaxed);
}

void tell_info(const Telemetry& telemetry, rte_tel_data* answer) {
  const auto& layout = telemetry.region().layout();
  rte_tel_data_add_dict_string(answer, "version", MEDIAPLANE_VERSION);
  rte_tel_data_add_dict_u64(answer, "interface_version", layout.version);
  rte_tel_data_add_dict_u64(answer, "workers", layout.lcore_count - 1);
  rte_tel_data_add_dict_u64(answer, "ports", telemetry.ports().all().size());
  const auto tick = telemetry.region().header().tick.load(std::memory_order_relaxed);
  rte_tel_data_add_dict_u64(answer, "uptime_seconds", tick / kTicksPerSecond);
}

void tell_sessions(const Telemetry& telemetry, rte_tel_data* answer) {
  const auto snapshot = telemetry.snapshot();
  rte_tel_data_add_dict_u64(answer, "active", snapshot.sessions);
  rte_tel_data_add_dict_u64(answer, "created", snapshot.sessions_created);
  rte_tel_data_add_dict_u64(answer, "capacity", telemetry.region().layout().session_capacity);
}

void tell_ports(const Telemetry& telemetry, rte_tel_data* answer) {
  const auto snapshot = telemetry.snapshot();
  for (std::size_t i = 0; i < telemetry.ports().all().size(); ++i) {
    const auto& port = telemetry.ports().all()[i];
    rte_eth_stats stats{};
    rte_eth_stats_get(port.ethdev, &stats);
    auto* entry = rte_tel_data_alloc();
    rte_tel_data_start_dict(entry);
    const auto link = i < snapshot.links.size() ? snapshot.links[i] : Link::kUnknown;
    rte_tel_data_add_dict_u64(entry, "ethdev", port.ethdev);
    rte_tel_data_add_dict_string(entry, "link", name_of(link));
    rte_tel_data_add_dict_u64(entry, "rx_packets", stats.ipackets);
    rte_tel_data_add_dict_u64(entry, "tx_packets", stats.opackets);
    rte_tel_data_add_dict_u64(entry, "rx_bytes", stats.ibytes);
    rte_tel_data_add_dict_u64(entry, "tx_bytes", stats.obytes);
    rte_tel_data_add_dict_u64(entry, "rx_missed", stats.imissed);
    rte_tel_data_add_dict_u64(entry, "rx_no_buffer", stats.rx_nombuf);
    rte_tel_data_add_dict_u64(entry, "tx_errors", stats.oerrors);
    rte_tel_data_add_dict_container(answer, port.config->name.c_str(), entry, 0);
  }
}

void tell_workers(const Telemetry& telemetry, rte_tel_data* answer) {
  const auto workers = telemetry.region().layout().lcore_count - 1;
  for (std::uint32_t i = 0; i < workers; ++i) {
    const auto& totals = telemetry.region().lcore_totals(i);
    auto* entry = rte_tel_data_alloc();
    rte_tel_data_start_dict(entry);
    rte_tel_data_add_dict_u64(entry, "received", value(totals.received));
    rte_tel_data_add_dict_u64(entry, "transmitted", value(totals.transmitted));
    rte_tel_data_add_dict_u64(entry, "polls", value(totals.polls));
    rte_tel_data_add_dict_u64(entry, "busy_polls", value(totals.busy_polls));
    rte_tel_data_add_dict_u64(entry, "sleeps", value(totals.sleeps));
    rte_tel_data_add_dict_u64(entry, "events_lost", value(totals.events_lost));
    rte_tel_data_add_dict_u64(entry, "generated", value(totals.generated));
    rte_tel_data_add_dict_u64(entry, "copied", value(totals.copied));
    rte_tel_data_add_dict_u64(entry, "copies_lost", value(totals.copies_lost));
    rte_tel_data_add_dict_container(answer, std::to_string(i + 1).c_str(), entry, 0);
  }
}

void tell_drops(const Telemetry& telemetry, rte_tel_data* answer) {
  for (const auto& [verdict, name] : kVerdictNames) {
    if (!is_drop(verdict)) continue;
    rte_tel_data_add_dict_u64(answer, std::string(name).c_str(),
                              packets_of(telemetry.region(), verdict));
  }
}

std::string port_name(const Telemetry& telemetry, std::uint16_t ethdev) {
  for (const auto& port : telemetry.ports().all()) {
    if (port.ethdev == ethdev) return port.config->name;
  }
  return std::to_string(ethdev);
}

// By number, as 22.11 takes no name with a dot or a colon in it.
void tell_neighbours(const Telemetry& telemetry, rte_tel_data* answer) {
  const auto neighbours = telemetry.snapshot().neighbours;
  for (std::size_t i = 0; i < neighbours.size() && i < kMaxNeighboursTold; ++i) {
    const auto& neighbour = neighbours[i];
    const auto mac = neighbour.is_known ? to_string(neighbour.mac) : std::string("unresolved");
    const auto text =
        to_string(neighbour.ip) + " " + mac + " " + port_name(telemetry, neighbour.ethdev);
    rte_tel_data_add_dict_string(answer, std::to_string(i + 1).c_str(), text.c_str());
  }
}

template <void (*tell)(const Telemetry&, rte_tel_data*)>
int handle(const char*, const char*, rte_tel_data* answer) {
  const std::lock_guard lock(instance_mutex);
  rte_tel_data_start_dict(answer);
  if (instance != nullptr) tell(*instance, answer);
  return 0;
}

}  // namespace

Telemetry::Telemetry(const abi::Region& region, const Ports& ports)
    : region_(region), ports_(ports) {
  rte_telemetry_register_cmd("/mediaplane/info", handle<tell_info>, "What runs here");
  rte_telemetry_register_cmd("/mediaplane/sessions", handle<tell_sessions>, "Session totals");
  rte_telemetry_register_cmd("/mediaplane/ports", handle<tell_ports>, "Counters of each port");
  rte_telemetry_register_cmd("/mediaplane/workers", handle<tell_workers>,
                             "Counters of each worker");
  rte_telemetry_register_cmd("/mediaplane/drops", handle<tell_drops>, "Dropped packets by reason");
  rte_telemetry_register_cmd("/mediaplane/neighbours", handle<tell_neighbours>,
                             "Next hops and their MAC addresses");
  const std::lock_guard lock(instance_mutex);
  instance = this;
}

Telemetry::~Telemetry() {
  const std::lock_guard lock(instance_mutex);
  instance = nullptr;
}

void Telemetry::update(TelemetrySnapshot snapshot) {
  const std::lock_guard lock(mutex_);
  snapshot_ = std::move(snapshot);
}

TelemetrySnapshot Telemetry::snapshot() const {
  const std::lock_guard lock(mutex_);
  return snapshot_;
}

}  // namespace mediaplane
