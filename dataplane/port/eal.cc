// SPDX-License-Identifier: BSD-2-Clause
#include "dataplane/port/eal.h"

#include <algorithm>
#include <filesystem>
#include <fstream>

#include <net/if.h>
#include <rte_eal.h>
#include <rte_errno.h>
#include <spdlog/fmt/fmt.h>

#include "config/free_memory.h"
#include "dataplane/port/plan.h"

namespace mediaplane {
namespace {

namespace fs = std::filesystem;

std::string lcores_argument(const DataplaneConfig& config) {
  // Each lcore has a number of its own even where two share a CPU.
  std::string text = fmt::format("--lcores=0@{}", config.main_cpu);
  for (std::size_t i = 0; i < config.worker_cpus.size(); ++i) {
    text += fmt::format(",{}@{}", i + 1, config.worker_cpus[i]);
  }
  return text;
}

bool is_cpu_online(std::uint32_t cpu) {
  const fs::path folder = fmt::format("/sys/devices/system/cpu/cpu{}", cpu);
  if (!fs::exists(folder)) return false;
  std::ifstream online(folder / "online");  // CPU 0 has none and is always online.
  int value = 1;
  online >> value;
  return !online || value == 1;
}

Result<void, MissingResource> check_cpus(const DataplaneConfig& config) {
  auto cpus = config.worker_cpus;
  cpus.push_back(config.main_cpu);
  for (const auto cpu : cpus) {
    if (is_cpu_online(cpu)) continue;
    std::ifstream file("/sys/devices/system/cpu/online");
    std::string online;
    file >> online;
    return failure(MissingResource{
        fmt::format("dataplane.cpus: CPU {} is not online; this machine has {}", cpu, online)});
  }
  return {};
}

Result<void, MissingResource> check_huge_pages(const Config& config) {
  if (!config.dataplane.huge_pages) return {};
  std::size_t free_pages = 0;
  std::ifstream file("/sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages");
  file >> free_pages;
  const auto plan = plan_memory(config);
  const auto needed = plan.eal_megabytes / 2 + plan.region_bytes / (2U << 20) + 4;
  if (free_pages >= needed) return {};
  return failure(MissingResource{fmt::format(
      "dataplane.huge_pages: {} MB of huge pages are needed, {} MB are free. Reserve them with: "
      "sysctl vm.nr_hugepages={} (for good: NR_2M_PAGES in /etc/dpdk/dpdk.conf), or set "
      "huge_pages = false for a lab",
      2 * needed, 2 * free_pages, needed)});
}

// In huge pages it is only what the housekeeper keeps; those have been counted.
Result<void, MissingResource> check_memory(const Config& config) {
  const auto plan = plan_memory(config);
  const auto needed = config.dataplane.huge_pages ? plan.own_bytes : plan.bytes();
  auto shortage = memory_shortage(
      needed, free_memory(),
      fmt::format("max_sessions = {} and mbufs = {}", config.dataplane.max_sessions, plan.mbufs));
  if (shortage.empty()) return {};
  return failure(MissingResource{std::move(shortage)});
}

std::string argument_of(const std::string& device, const std::string& name) {
  const auto at = device.find("," + name + "=");
  if (at == std::string::npos) return {};
  const auto begin = at + name.size() + 2;
  return device.substr(begin, device.find(',', begin) - begin);
}

std::string check_interface(const PortConfig& port) {
  const auto driver = device_name(port.device);
  const bool needs_one = driver.starts_with("net_af_packet") || driver.starts_with("net_af_xdp");
  const auto interface = argument_of(port.device, "iface");
  if (!needs_one || if_nametoindex(interface.c_str()) != 0) return {};
  return fmt::format("there is no network interface '{}' here; create it or mend 'iface='",
                     interface);
}

std::string check_pci(const PortConfig& port) {
  const fs::path folder = "/sys/bus/pci/devices/" + device_name(port.device);
  if (!fs::exists(folder)) {
    return "this machine has no such PCI device; 'dpdk-devbind.py --status-dev net' lists them";
  }
  std::error_code error;
  const auto driver = fs::read_symlink(folder / "driver", error).filename().string();
  if (driver == "vfio-pci" || driver == "uio_pci_generic" || driver == "igb_uio" ||
      driver.starts_with("mlx")) {
    return {};
  }
  return fmt::format("it is bound to '{}'; bind it with: dpdk-devbind.py -b vfio-pci {}",
                     error ? "no driver" : driver, device_name(port.device));
}

}  // namespace

std::string device_name(const std::string& device) {
  auto name = device.substr(0, device.find(','));
  constexpr std::size_t kShortPci = sizeof("03:00.0") - 1;
  if (!is_virtual_device(device) && name.size() == kShortPci) name = "0000:" + name;
  return name;
}

bool is_virtual_device(const std::string& device) { return device.starts_with("net_"); }

std::vector<std::string> eal_arguments(const Config& config, std::span<const std::string> extra) {
  const auto& dataplane = config.dataplane;
  std::vector<std::string> arguments = {"mediaplane-dataplane", lcores_argument(dataplane),
                                        "--main-lcore=0", "--iova-mode=va", "--log-level=warning"};
  if (dataplane.huge_pages) {
    arguments.push_back("--in-memory");
  } else {
    arguments.insert(arguments.end(), {"--no-huge", "--no-shconf"});
  }
  arguments.insert(arguments.end(), {"-m", std::to_string(plan_memory(config).eal_megabytes)});
  bool any_pci = false;
  for (const auto& port : config.ports) {
    const bool is_virtual = is_virtual_device(port.device);
    any_pci |= !is_virtual;
    arguments.insert(arguments.end(), {is_virtual ? "--vdev" : "-a", port.device});
  }
  // Without this EAL would look for drivers for every NIC of the machine.
  if (!any_pci) arguments.emplace_back("--no-pci");
  arguments.insert(arguments.end(), dataplane.eal_args.begin(), dataplane.eal_args.end());
  arguments.insert(arguments.end(), extra.begin(), extra.end());
  return arguments;
}

Result<void, MissingResource> check_machine(const Config& config) {
  if (auto cpus = check_cpus(config.dataplane); !cpus) return cpus;
  if (auto pages = check_huge_pages(config); !pages) return pages;
  if (auto memory = check_memory(config); !memory) return memory;
  for (const auto& port : config.ports) {
    const auto trouble = is_virtual_device(port.device) ? check_interface(port) : check_pci(port);
    if (trouble.empty()) continue;
    return failure(
        MissingResource{fmt::format("port '{}': device {}: {}", port.name, port.device, trouble)});
  }
  return {};
}

Result<void, MissingResource> start_eal(std::vector<std::string> arguments) {
  std::vector<char*> argv;
  for (auto& argument : arguments) argv.push_back(argument.data());
  if (rte_eal_init(static_cast<int>(argv.size()), argv.data()) >= 0) return {};
  std::string line;
  for (const auto& argument : arguments) line += " " + argument;
  return failure(MissingResource{
      fmt::format("EAL did not start: {}. Its arguments were:{}", rte_strerror(rte_errno), line)});
}

}  // namespace mediaplane
