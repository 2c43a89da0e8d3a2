// SPDX-License-Identifier: BSD-2-Clause
// The tables of the configuration file: which keys each has, and the rules about their values.
#pragma once

#include "config/config.h"
#include "config/reader.h"

namespace mediaplane::config {

inline constexpr std::size_t kMaxSocketPath = 107;  // sockaddr_un::sun_path, terminated.

DataplaneConfig read_dataplane(TableReader& root);

// The rules between ports are checked here too: nothing may be used twice, and a gateway is reached
// through its own port.
std::vector<PortConfig> read_ports(TableReader& root, const DataplaneConfig& dataplane);

ControlConfig read_control(TableReader& root, const DataplaneConfig& dataplane);

// `local_addresses`: of all ports.
MediaConfig read_media(TableReader& root, const std::vector<IpAddress>& local_addresses);

RecordingConfig read_recording(TableReader& root);

}  // namespace mediaplane::config
