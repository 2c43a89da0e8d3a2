// SPDX-License-Identifier: BSD-2-Clause
#include "tests/perf/bench/setting.h"

#include <sched.h>

#include "tests/perf/bench/control_setup.h"
#include "tests/perf/bench/device.h"
#include "tests/perf/bench/ring_setup.h"

namespace mediaplane::bench {
namespace {

bool is_outside(const Options& options) { return !options.device.empty(); }

// With an lcore of its own the relay takes packets while others come.
std::uint32_t mbufs_of(const Options& options) {
  return mbufs_for((options.relay_cpu ? 4 : options.workers) * options.in_flight);
}

// Nobody answers on the wire when the relay asks for its gateways.
void pin_gateways(Config& config) {
  for (auto& port : config.ports) {
    for (auto* gateway : {&port.gateway, &port.gateway6}) {
      if (gateway->ip) gateway->mac = kGatewayMac;
    }
  }
}

// Of those that we may run on; the first comes after the last.
std::uint32_t next_cpu(std::uint32_t cpu) {
  cpu_set_t set;
  sched_getaffinity(0, sizeof set, &set);
  do {
    cpu = (cpu + 1) % CPU_SETSIZE;
  } while (!CPU_ISSET(cpu, &set));
  return cpu;
}

}  // namespace

Result<Config, std::string> configuration_of(const Options& options) {
  const auto& traffic = options.traffic;
  if (options.config.empty()) {
    return relay_configuration(
        traffic.sessions, relay_addresses(traffic.sessions, traffic.families), mbufs_of(options));
  }
  auto config = load_config(options.config);
  if (!config) return failure(config.error().messages.front());
  if (config->dataplane.max_sessions < traffic.sessions) {
    return failure(options.config + ": max_sessions is less than --sessions");
  }
  if (!is_outside(options)) pin_gateways(*config);
  return *config;
}

MachineOptions machine_of(const Options& options) {
  MachineOptions machine{options.traffic.sessions, {options.cpu}, {}};
  if (options.relay_cpu) machine.cpus.push_back(*options.relay_cpu);
  for (auto cpu = next_cpu(options.cpu); machine.cpus.size() < options.workers;
       cpu = next_cpu(cpu)) {
    machine.cpus.push_back(cpu);
  }
  if (is_outside(options)) machine.eal = {"--vdev=" + options.device, "--single-file-segments"};
  return machine;
}

Result<std::unique_ptr<Setting>, std::string> Setting::create(const Options& options,
                                                              const Config& config) {
  std::unique_ptr<Setting> setting(new Setting(options));
  if (auto made = setting->make_subject(config); !made) return failure(made.error());
  if (auto made = setting->make_setup(config); !made) return failure(made.error());
  if (auto made = setting->make_calls(config); !made) return failure(made.error());
  return setting;
}

Result<void, std::string> Setting::make_subject(const Config& config) {
  if (is_outside(options_)) {
    auto device = Device::open(options_.device, config, mbufs_for(4 * options_.in_flight));
    if (!device) return failure(device.error());
    subject_ = std::move(*device);
    return {};
  }
  // Malformed packets stand in the wire beside those that are counted as under way.
  auto path =
      RelayPath::create(config, 2 * options_.in_flight,
                        options_.relay_cpu ? Placement::kLcore1 : Placement::kCallersLcores);
  if (!path) return failure(path.error());
  if (!options_.relay_cpu) one_lcore_ = path->get();
  subject_ = std::move(*path);
  return {};
}

Result<void, std::string> Setting::make_setup(const Config& config) {
  if (options_.config.empty()) {
    auto setup = RingSetup::attach(*subject_, config);
    if (!setup) return failure(setup.error());
    setup_ = std::move(*setup);
    return {};
  }
  auto setup = ControlSetup::create(*subject_, config);
  if (!setup) return failure(setup.error());
  setup_ = std::move(*setup);
  return {};
}

Result<void, std::string> Setting::make_calls(const Config& config) {
  calls_ = numbered_calls(options_.traffic.sessions, options_.traffic.families);
  if (auto set = setup_->set_up(calls_, 0); !set) return set;
  const auto gateway = config.ports[0].gateway.mac.value_or(kGatewayMac);
  traffic_ =
      std::make_unique<Traffic>(options_.traffic, calls_, Traffic::Macs{subject_->mac(), gateway});
  exchange_ = std::make_unique<Exchange>(*subject_, *setup_, *traffic_);
  for (const auto side : {abi::Side::kCallee, abi::Side::kCaller}) {
    if (exchange_->finds_way(abi::flow_index(0, side, abi::Component::kRtp))) continue;
    return failure(std::string("nothing comes out of the relay"));
  }
  exchange_->teach(0, options_.traffic.sessions);
  return {};
}

}  // namespace mediaplane::bench
