// SPDX-License-Identifier: BSD-2-Clause
// The configuration of both processes, read from one TOML file. config/mediaplane.toml is the
// reference for people: every key with its default, unit and range.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dataplane/abi/session.h"
#include "dataplane/net/address.h"
#include "dataplane/net/result.h"

namespace mediaplane {

struct DataplaneConfig {
  std::string socket = "/run/mediaplane/dataplane.sock";
  std::uint32_t main_cpu = 0;
  std::vector<std::uint32_t> worker_cpus = {1};
  bool huge_pages = false;
  std::uint32_t idle_sleep_us = 100;  // 0 = poll flat out.
  std::uint32_t max_sessions = 10000;
  std::uint32_t mbufs = 0;  // 0 = as many as ports, queues and workers need.
  std::vector<std::string> eal_args;

  friend bool operator==(const DataplaneConfig&, const DataplaneConfig&) = default;
};

struct Gateway {
  std::optional<IpAddress> ip;
  std::optional<MacAddress> mac;  // Pinned: it is not asked for.
};

struct PortConfig {
  std::string name;
  std::string device;  // PCI address or virtual device with its arguments, as DPDK spells it.
  std::uint16_t mtu = 1500;
  std::vector<Prefix> addresses;
  // What SIP proxies are told of each of them: the address itself, another one behind a 1:1 NAT,
  // or unset, and they are told the UDP port alone.
  std::vector<IpAddress> advertised;
  Gateway gateway;
  Gateway gateway6;

  const Gateway& gateway_of(IpFamily family) const {
    return family == IpFamily::kIpv6 ? gateway6 : gateway;
  }
};

struct ControlConfig {
  // Each is what parse_listen_address() takes.
  std::vector<std::string> listen = {"unix:/run/mediaplane/control.sock"};
  // Who may use the UDP and TCP sockets.
  std::vector<Prefix> allow = {*parse_prefix("127.0.0.0/8"), *parse_prefix("::1/128")};
  std::uint32_t mode = 0660;  // Of the Unix sockets.

  friend bool operator==(const ControlConfig&, const ControlConfig&) = default;
};

enum class UdpPortOrder : std::uint8_t { kRandom, kSequential };

struct MediaConfig {
  std::uint16_t first_udp_port = 35000;  // Even.
  std::uint16_t last_udp_port = 65000;   // Pairs end at or below it.
  UdpPortOrder udp_port_order = UdpPortOrder::kRandom;
  // Of our addresses, those that serve calls; none = all of them.
  std::vector<IpAddress> addresses;
  bool bridge = false;    // `addresses` are two: the internal and the external network's.
  bool symmetric = true;  // Of parties of whom the SIP proxy says nothing.
  std::chrono::seconds idle_timeout{60};
  std::chrono::seconds setup_timeout{60};  // Until a session has been answered.
  bool each_direction_times_out = false;
  bool send_small_twice = false;
  abi::Learning learning = abi::Learning::kAdaptive;
  std::uint8_t tos = 0xb8;

  friend bool operator==(const MediaConfig&, const MediaConfig&) = default;
};

enum class RecordingFormat : std::uint8_t { kAdHoc, kPcap };

struct RecordingConfig {
  std::string directory;        // Empty: nothing is recorded.
  std::string spool_directory;  // Where files grow; empty: in the directory itself.
  bool rtcp = true;
  bool all = false;  // Every session from its creation on.
  RecordingFormat format = RecordingFormat::kAdHoc;

  friend bool operator==(const RecordingConfig&, const RecordingConfig&) = default;
};

struct Config {
  DataplaneConfig dataplane;
  std::vector<PortConfig> ports;
  ControlConfig control;
  MediaConfig media;
  RecordingConfig recording;

  // All addresses of all ports in the order of the file: the place is the index in abi::SideState.
  std::vector<IpAddress> local_addresses() const;
  // The same, as SIP proxies are told.
  std::vector<IpAddress> advertised_addresses() const;
};

// All errors of a file, ready to be printed: each with file, line, column, the line and a hint.
struct ConfigError {
  std::vector<std::string> messages;
};

// Reads and checks a file; nothing outside the file is looked at (devices, CPUs: see
// dataplane/port).
Result<Config, ConfigError> load_config(const std::string& path);

// The same for a text; `name` stands for the file in messages.
Result<Config, ConfigError> parse_config(std::string_view text, std::string_view name);

}  // namespace mediaplane
