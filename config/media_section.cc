// SPDX-License-Identifier: BSD-2-Clause
// [media]
#include <algorithm>
#include <array>
#include <charconv>

#include "config/sections.h"

namespace mediaplane::config {
namespace {

using namespace std::string_view_literals;

constexpr std::chrono::seconds kMaxIdleTimeout = std::chrono::hours(24);
constexpr std::array kOrders = {"random"sv, "sequential"sv};
// In the order of abi::Learning, without kAddress, which a command asks for and no file.
constexpr std::array kLearning = {"adaptive"sv, "first-packet"sv, "signalled"sv};

// RTP takes the even port of a pair and RTCP the odd one above it (RFC 3550 section 11).
void read_udp_ports(TableReader& table, MediaConfig& config) {
  const auto ports = table.numbers("udp_ports", {1, 65535});
  if (!ports) return;
  if (ports->value.size() != 2) {
    table.complain(ports->at, "udp_ports", "expects two numbers in range, the first and the last",
                   "for example [35000, 65000]");
    return;
  }
  const auto first = (ports->value[0].value + 1) / 2 * 2;
  const auto last = ports->value[1].value;
  if (first + 1 > last) {
    table.complain(ports->at, "udp_ports", "there is no pair of ports in this range",
                   "a pair is an even port and the odd one above it");
    return;
  }
  config.first_udp_port = static_cast<std::uint16_t>(first);
  config.last_udp_port = static_cast<std::uint16_t>(last);
}

// "60s", "5m" or "1h"
std::optional<std::chrono::seconds> parse_duration(std::string_view text) {
  std::uint32_t amount = 0;
  const auto* end = text.data() + text.size();
  const auto [unit, error] = std::from_chars(text.data(), end, amount, 10);
  if (error != std::errc{} || unit + 1 != end) return std::nullopt;
  switch (*unit) {
    case 's':
      return std::chrono::seconds(amount);
    case 'm':
      return std::chrono::minutes(amount);
    case 'h':
      return std::chrono::hours(amount);
    default:
      return std::nullopt;
  }
}

void read_duration(TableReader& table, std::string_view key, std::chrono::seconds& to) {
  const auto text = table.text(key, "\"60s\"");
  if (!text) return;
  const auto duration = parse_duration(text->value);
  if (!duration) {
    table.complain(text->at, key, "'" + text->value + "' is no duration",
                   "write \"60s\", \"5m\" or \"1h\"");
  } else if (*duration < std::chrono::seconds(1) || *duration > kMaxIdleTimeout) {
    table.complain(text->at, key, "'" + text->value + "' is out of range",
                   "must be \"1s\" to \"24h\"");
  } else {
    to = *duration;
  }
}

void read_addresses(TableReader& table, const std::vector<IpAddress>& local_addresses,
                    MediaConfig& config) {
  const auto texts = table.texts("addresses", "\"203.0.113.10\"");
  if (!texts) return;
  for (const auto& text : texts->value) {
    const auto address = parse_ip(text.value);
    if (!address || std::ranges::find(local_addresses, *address) == local_addresses.end()) {
      table.complain(text.at, "addresses", "'" + text.value + "' stands on no port",
                     "give an address of a [[port]], without its prefix length");
    } else if (std::ranges::find(config.addresses, *address) != config.addresses.end()) {
      table.complain(text.at, "addresses", "'" + text.value + "' is given twice");
    } else {
      config.addresses.push_back(*address);
    }
  }
}

// Parties on bridged networks are what they say: the relay stands in the middle of both.
void read_bridge(TableReader& table, MediaConfig& config) {
  table.read("bridge", config.bridge);
  config.symmetric = !config.bridge;
  table.read("symmetric", config.symmetric);
  if (config.bridge && config.addresses.size() != 2) {
    table.complain({}, "bridge", "needs two addresses",
                   "addresses = [\"INTERNAL\", \"EXTERNAL\"] in [media]");
  }
}

void read_learning(TableReader& table, abi::Learning& to) {
  constexpr std::array kModes = {abi::Learning::kAdaptive, abi::Learning::kFirstPacket,
                                 abi::Learning::kSignalled};
  static_assert(kModes.size() == kLearning.size());
  if (const auto mode = table.choice("learning", kLearning)) to = kModes[mode->value];
}

}  // namespace

MediaConfig read_media(TableReader& root, const std::vector<IpAddress>& local_addresses) {
  MediaConfig config;
  auto table = root.table("media");
  if (!table) return config;
  read_udp_ports(*table, config);
  if (const auto order = table->choice("udp_port_order", kOrders)) {
    config.udp_port_order = static_cast<UdpPortOrder>(order->value);
  }
  read_addresses(*table, local_addresses, config);
  read_bridge(*table, config);
  read_duration(*table, "idle_timeout", config.idle_timeout);
  config.setup_timeout = config.idle_timeout;
  read_duration(*table, "setup_timeout", config.setup_timeout);
  table->read("each_direction_times_out", config.each_direction_times_out);
  read_learning(*table, config.learning);
  table->read("tos", {0, 255}, config.tos);
  table->read("send_small_twice", config.send_small_twice);
  table->reject_unknown();
  return config;
}

}  // namespace mediaplane::config
