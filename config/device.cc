// SPDX-License-Identifier: BSD-2-Clause
#include "config/device.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>
#include <span>
#include <vector>

#include "config/suggest.h"

namespace mediaplane::config {
namespace {

using namespace std::string_view_literals;

constexpr std::size_t kMaxNameLength = 63;  // RTE_DEV_NAME_MAX_LEN without the terminator.

struct Driver {
  std::string_view name;
  std::string_view required;  // The argument that it does not start without; may be empty.
  std::span<const std::string_view> arguments;
};

constexpr std::array kAfPacket = {"iface"sv,   "qpairs"sv,   "blocksz"sv,
                                  "framesz"sv, "framecnt"sv, "qdisc_bypass"sv};
constexpr std::array kAfXdp = {"iface"sv,    "start_queue"sv, "queue_count"sv, "shared_umem"sv,
                               "xdp_prog"sv, "busy_budget"sv, "force_copy"sv};
constexpr std::array kTap = {"iface"sv, "mac"sv, "remote"sv};
constexpr std::array kTun = {"iface"sv};
constexpr std::array kRing = {"nodeaction"sv};
constexpr std::array kNull = {"size"sv, "copy"sv, "no-rx"sv};
constexpr std::array kPcap = {"rx_pcap"sv,  "tx_pcap"sv, "rx_iface"sv, "rx_iface_in"sv,
                              "tx_iface"sv, "iface"sv,   "phy_mac"sv,  "infinite_rx"sv};
constexpr std::array kMemif = {"id"sv,       "role"sv,   "bsize"sv,           "rsize"sv,
                               "socket"sv,   "secret"sv, "socket-abstract"sv, "mac"sv,
                               "zero-copy"sv};
constexpr std::array kVhost = {"iface"sv,         "queues"sv,           "client"sv,
                               "iommu-support"sv, "postcopy-support"sv, "tso"sv,
                               "linear-buffer"sv, "ext-buffer"sv,       "legacy-ol-flags"sv};
constexpr std::array kVirtioUser = {"path"sv,   "mac"sv,       "cq"sv,       "queue_size"sv,
                                    "queues"sv, "iface"sv,     "server"sv,   "mrg_rxbuf"sv,
                                    "speed"sv,  "packed_vq"sv, "in_order"sv, "vectorized"sv};
constexpr std::array kBonding = {"slave"sv,    "primary"sv,   "mode"sv, "xmit_policy"sv,
                                 "agg_mode"sv, "socket_id"sv, "mac"sv,  "lsc_poll_period_ms"sv,
                                 "up_delay"sv, "down_delay"sv};

constexpr std::array<Driver, 11> kDrivers = {{
    {"net_af_packet", "iface", kAfPacket},
    {"net_af_xdp", "iface", kAfXdp},
    {"net_tap", "", kTap},
    {"net_tun", "", kTun},
    {"net_ring", "", kRing},
    {"net_null", "", kNull},
    {"net_pcap", "", kPcap},
    {"net_memif", "", kMemif},
    {"net_vhost", "iface", kVhost},
    {"net_virtio_user", "path", kVirtioUser},
    {"net_bonding", "", kBonding},
}};

bool is_hex(std::string_view text) {
  return std::ranges::all_of(text, [](unsigned char c) { return std::isxdigit(c) != 0; });
}

// "03:00.0" or "0000:03:00.0" -> "0000:03:00.0"
std::optional<std::string> full_pci_address(std::string_view name) {
  auto full = name.size() == 7 ? "0000:" + std::string(name) : std::string(name);
  std::ranges::transform(full, full.begin(), [](unsigned char c) { return std::tolower(c); });
  if (full.size() != 12 || full[4] != ':' || full[7] != ':' || full[10] != '.') return {};
  const std::string_view view = full;
  const bool is_address = is_hex(view.substr(0, 4)) && is_hex(view.substr(5, 2)) &&
                          is_hex(view.substr(8, 2)) && full[11] >= '0' && full[11] <= '7';
  return is_address ? std::optional(full) : std::nullopt;
}

// EAL takes the driver whose name the device's name begins with.
const Driver* driver_of(std::string_view name) {
  const auto driver =
      std::ranges::find_if(kDrivers, [&](const Driver& d) { return name.starts_with(d.name); });
  return driver == kDrivers.end() ? nullptr : &*driver;
}

std::optional<DeviceError> check_arguments(const Driver& driver, std::string_view arguments) {
  bool has_required = driver.required.empty();
  while (!arguments.empty()) {
    arguments.remove_prefix(1);  // The comma.
    const auto argument = arguments.substr(0, arguments.find(','));
    const auto key = argument.substr(0, argument.find('='));
    arguments.remove_prefix(argument.size());
    if (std::ranges::find(driver.arguments, key) == driver.arguments.end()) {
      return DeviceError{std::string(driver.name) + " has no argument '" + std::string(key) + "'" +
                             did_you_mean(key, driver.arguments),
                         "must be " + alternatives(driver.arguments)};
    }
    if (argument.size() < key.size() + 2) {
      return DeviceError{"argument '" + std::string(key) + "' has no value",
                         "write " + std::string(key) + "=VALUE"};
    }
    has_required = has_required || key == driver.required;
  }
  if (has_required) return std::nullopt;
  const std::string required(driver.required);
  return DeviceError{std::string(driver.name) + " needs an argument '" + required + "'",
                     "append ," + required + "=VALUE"};
}

std::optional<DeviceError> check_virtual(std::string_view name, std::string_view arguments) {
  if (const auto* driver = driver_of(name)) return check_arguments(*driver, arguments);
  std::vector<std::string_view> names;
  for (const auto& driver : kDrivers) names.push_back(driver.name);
  const auto stem = name.substr(0, name.find_last_not_of("0123456789") + 1);
  const auto meant = nearest(stem, names);
  if (!meant) return std::nullopt;
  return DeviceError{
      "unknown driver '" + std::string(stem) + "' (did you mean '" + std::string(*meant) + "'?)",
      ""};
}

DeviceError no_device(std::string_view name) {
  const auto what = "'" + std::string(name) + "' is neither a PCI address nor a virtual device";
  const bool is_interface_like =
      !name.empty() && name.size() < 16 && name.find_first_of(":/ ") == name.npos;
  return {what,
          is_interface_like
              ? "for a kernel interface write \"net_af_packet0,iface=" + std::string(name) + "\""
              : "write \"0000:03:00.0\" or \"net_af_packet0,iface=eth0\""};
}

}  // namespace

std::string_view device_name(std::string_view device) { return device.substr(0, device.find(',')); }

bool is_virtual_device(std::string_view device) { return device.starts_with("net_"); }

Result<std::string, DeviceError> check_device(std::string_view text) {
  const auto name = device_name(text);
  const auto arguments = text.substr(name.size());
  if (const auto pci = full_pci_address(name)) return *pci + std::string(arguments);
  if (!is_virtual_device(name)) return failure(no_device(name));
  if (name.size() > kMaxNameLength) {
    return failure(DeviceError{"the device's name is too long", "at most 63 characters"});
  }
  if (auto error = check_virtual(name, arguments)) return failure(std::move(*error));
  return std::string(text);
}

}  // namespace mediaplane::config
