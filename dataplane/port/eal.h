// SPDX-License-Identifier: BSD-2-Clause
// EAL from the configuration: its arguments, and what can be said of the machine before it starts.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "config/config.h"
#include "dataplane/net/result.h"

namespace mediaplane {

// The machine cannot give what the configuration asks for: text for people, exit status 3.
struct MissingResource {
  std::string text;
};

// "net_af_packet0" of "net_af_packet0,iface=eth1"; a PCI address as it is.
std::string device_name(const std::string& device);
bool is_virtual_device(const std::string& device);

// Arguments for rte_eal_init: lcore 0 is the housekeeper, lcore N worker N-1. `extra` is what came
// behind "--" on the command line.
std::vector<std::string> eal_arguments(const Config& config, std::span<const std::string> extra);

// What EAL would only stumble over: CPUs that are not online, huge pages that are not there,
// network interfaces that do not exist, PCI devices without or with a kernel driver.
Result<void, MissingResource> check_machine(const Config& config);

Result<void, MissingResource> start_eal(std::vector<std::string> arguments);

}  // namespace mediaplane
