// SPDX-License-Identifier: BSD-2-Clause
// [[port]]
//
// A port is read alone first, then held against the ports before it: names, devices and addresses
// may be used once. Gateways come last, because a gateway must not be an address of any port.
#include <algorithm>
#include <array>
#include <cctype>
#include <map>

#include "config/device.h"
#include "config/host_address.h"
#include "config/sections.h"
#include "dataplane/abi/handshake.h"

namespace mediaplane::config {
namespace {

constexpr std::size_t kMaxPorts = 32;  // RTE_MAX_ETHPORTS
constexpr std::size_t kMaxNameLength = 32;
constexpr std::int64_t kMinMtu = 576;  // RFC 791: what every IPv4 host takes.
constexpr std::int64_t kMaxMtu = 9000;
constexpr std::uint8_t kLinkLocalLength = 64;  // RFC 4291 section 2.5.6
constexpr std::uint16_t kMinIpv6Mtu = 1280;    // RFC 8200 section 5.

// Where a name, a device or an address was used first.
using Uses = std::map<std::string, Position, std::less<>>;

struct AllUses {
  Uses names;
  Uses devices;
  Uses addresses;
};

// The keys of a port's router, by family.
struct GatewayKeys {
  IpFamily family;
  std::string_view ip;
  std::string_view mac;
  std::string_view example;
  Gateway PortConfig::*to;
};
constexpr std::array kGatewayKeys = {
    GatewayKeys{IpFamily::kIpv4, "gateway", "gateway_mac", "203.0.113.1", &PortConfig::gateway},
    GatewayKeys{IpFamily::kIpv6, "gateway6", "gateway6_mac", "2001:db8::1", &PortConfig::gateway6},
};

struct PlacedGateway {
  Placed<IpAddress> address;
  const GatewayKeys* keys;
  std::size_t port;  // Index into readers and ports.
};

// Notes the use; complains if it is not the first.
void use_once(Uses& uses, TableReader& table, std::string_view key, const Text& text) {
  const auto [first, is_new] = uses.emplace(text.value, text.at);
  if (is_new) return;
  table.complain(text.at, key, "'" + text.value + "' is used twice",
                 "first on line " + std::to_string(first->second.line));
}

bool is_name(std::string_view text) {
  return !text.empty() && text.size() <= kMaxNameLength &&
         std::ranges::all_of(
             text, [](unsigned char c) { return std::isalnum(c) != 0 || c == '-' || c == '_'; });
}

void read_name(TableReader& table, PortConfig& port, Uses& uses) {
  const auto name = table.text("name", "\"wan\"", Need::kRequired);
  if (!name) return;
  if (!is_name(name->value)) {
    table.complain(name->at, "name", "'" + name->value + "' is no name",
                   "1 to 32 letters, digits, '-' or '_'");
    return;
  }
  table.rename("[[port]] '" + name->value + "'", "port '" + name->value + "': ");
  use_once(uses, table, "name", *name);
  port.name = name->value;
}

void read_device(TableReader& table, PortConfig& port, const DataplaneConfig& dataplane,
                 Uses& uses) {
  const auto text = table.text("device", "\"net_af_packet0,iface=eth0\"", Need::kRequired);
  if (!text) return;
  auto device = check_device(text->value);
  if (!device) {
    table.complain(text->at, "device", device.error().what, device.error().hint);
    return;
  }
  const auto& args = dataplane.eal_args;
  if (!is_virtual_device(*device) && std::ranges::find(args, "--no-pci") != args.end()) {
    table.complain(text->at, "device", "a PCI device is not found with --no-pci",
                   "remove \"--no-pci\" from dataplane.eal_args");
  }
  use_once(uses, table, "device", {std::string(device_name(*device)), text->at});
  port.device = std::move(*device);
}

// After the addresses.
void read_mtu(TableReader& table, PortConfig& port) {
  const auto mtu = table.number("mtu", {kMinMtu, kMaxMtu});
  if (!mtu) return;
  port.mtu = static_cast<std::uint16_t>(mtu->value);
  const bool has_ipv6 = std::ranges::any_of(
      port.addresses, [](const Prefix& prefix) { return prefix.ip.family == IpFamily::kIpv6; });
  if (has_ipv6 && port.mtu < kMinIpv6Mtu) {
    table.complain(mtu->at, "mtu", "IPv6 needs 1280 at least", "the port has an IPv6 address");
  }
}

// What stands behind "=": the address that SIP proxies are told, or * for none.
IpAddress read_advertised(TableReader& table, const Text& text, IpFamily family) {
  if (text.value == "*") return {};
  const auto advertised = parse_ip(text.value);
  if (advertised && advertised->family == family && !advertised->is_null() &&
      !advertised->is_multicast()) {
    return *advertised;
  }
  table.complain(text.at, "addresses", "'" + text.value + "' is no address to advertise",
                 "write \"192.168.1.10/24=203.0.113.10\"");
  return {};
}

std::string length_example(const std::string& address) {
  return address.find(':') == std::string::npos ? "/24" : "/64";
}

void read_address(TableReader& table, const Text& whole, PortConfig& port, Uses& uses) {
  const auto equals = whole.value.find('=');
  const Text text{whole.value.substr(0, equals), whole.at};
  const auto prefix = parse_prefix(text.value);
  if (!prefix) {
    const bool lacks_length = parse_ip(text.value).has_value();
    table.complain(text.at, "addresses", "'" + text.value + "' is no address with a prefix length",
                   lacks_length ? "write \"" + text.value + length_example(text.value) + "\""
                                : "write \"203.0.113.10/24\" or \"2001:db8::10/64\"");
    return;
  }
  if (const auto fault = fault_of(*prefix); !fault.empty()) {
    table.complain(text.at, "addresses", "'" + text.value + "': " + std::string(fault));
    return;
  }
  use_once(uses, table, "addresses", {to_string(prefix->ip), text.at});
  port.addresses.push_back(*prefix);
  const bool is_told = equals != std::string::npos;
  port.advertised.push_back(
      is_told
          ? read_advertised(table, {whole.value.substr(equals + 1), whole.at}, prefix->ip.family)
          : prefix->ip);
}

void read_addresses(TableReader& table, PortConfig& port, Uses& uses) {
  const auto addresses = table.texts("addresses", "\"203.0.113.10/24\"", Need::kRequired);
  if (!addresses) return;
  if (addresses->value.empty()) {
    table.complain(addresses->at, "addresses", "no address", "a port needs at least one");
  }
  for (const auto& text : addresses->value) read_address(table, text, port, uses);
}

std::optional<Placed<IpAddress>> read_gateway(TableReader& table, const GatewayKeys& keys) {
  const std::string example(keys.example);
  const auto text = table.text(keys.ip, "\"" + example + "\"");
  if (!text) return std::nullopt;
  const auto gateway = parse_ip(text->value);
  if (!gateway) {
    table.complain(text->at, keys.ip, "'" + text->value + "' is no address",
                   "write \"" + example + "\", without a prefix length");
    return std::nullopt;
  }
  if (gateway->family != keys.family) {
    const bool is_ipv6 = keys.family == IpFamily::kIpv6;
    table.complain(
        text->at, keys.ip,
        "'" + text->value + (is_ipv6 ? "' is no IPv6 address" : "' is no IPv4 address"),
        is_ipv6 ? "the router for IPv4 is 'gateway'" : "the router for IPv6 is 'gateway6'");
    return std::nullopt;
  }
  return Placed<IpAddress>{*gateway, text->at};
}

void read_gateway_mac(TableReader& table, const GatewayKeys& keys, PortConfig& port) {
  const auto text = table.text(keys.mac, "\"02:00:00:00:00:01\"");
  if (!text) return;
  const auto mac = parse_mac(text->value);
  if (!mac) {
    table.complain(text->at, keys.mac, "'" + text->value + "' is no MAC address",
                   "write \"02:00:00:00:00:01\"");
  } else if (mac->is_multicast() || mac->is_zero()) {
    table.complain(text->at, keys.mac, "'" + text->value + "' is not the MAC of a host");
  } else if (!table.has(keys.ip)) {
    table.complain(text->at, keys.mac, "there is no gateway",
                   "add " + std::string(keys.ip) + " = \"...\"");
  }
  (port.*keys.to).mac = mac;
}

// How long the prefix is through which the port reaches an address; nothing if it does not. On a
// port with IPv6 every link-local address is reached.
std::optional<std::uint8_t> reach_of(const PortConfig& port, const IpAddress& address) {
  for (const auto& prefix : port.addresses) {
    if (prefix.contains(address)) return prefix.length;
    if (prefix.ip.family == IpFamily::kIpv6 && address.is_link_local()) return kLinkLocalLength;
  }
  return std::nullopt;
}

void check_gateway(TableReader& table, const PlacedGateway& gateway, PortConfig& port,
                   const Uses& own_addresses) {
  const auto key = gateway.keys->ip;
  const auto& address = gateway.address.value;
  const auto at = gateway.address.at;
  const auto text = to_string(address);
  const auto length = reach_of(port, address);
  if (own_addresses.contains(text)) {
    table.complain(at, key, "'" + text + "' is an address of our own");
  } else if (!length) {
    table.complain(at, key, "'" + text + "' is in no network of this port",
                   "a gateway is reached directly, through one of 'addresses'");
  } else if (!fault_of({address, *length}).empty()) {
    table.complain(at, key, "'" + text + "' is not the address of a host");
  } else {
    (port.*gateway.keys->to).ip = address;
  }
}

void read_gateways(TableReader& table, PortConfig& port, std::size_t index,
                   std::vector<PlacedGateway>& gateways) {
  for (const auto& keys : kGatewayKeys) {
    const auto gateway = read_gateway(table, keys);
    if (gateway) gateways.push_back({*gateway, &keys, index});
    read_gateway_mac(table, keys, port);
  }
}

void check_amounts(TableReader& root, const std::vector<PortConfig>& ports) {
  if (ports.empty()) root.complain({}, "[[port]]", "there is none", "at least one is needed");
  if (ports.size() > kMaxPorts) root.complain({}, "[[port]]", "too many ports", "at most 32");
  std::size_t addresses = 0;
  for (const auto& port : ports) addresses += port.addresses.size();
  if (addresses > abi::kMaxLocalAddresses) {
    root.complain({}, "[[port]]", "too many addresses", "at most 64 on all ports");
  }
}

}  // namespace

std::vector<PortConfig> read_ports(TableReader& root, const DataplaneConfig& dataplane) {
  std::vector<PortConfig> ports;
  std::vector<PlacedGateway> gateways;
  AllUses uses;
  auto tables = root.tables("port");
  for (auto& table : tables) {
    auto& port = ports.emplace_back();
    read_name(table, port, uses.names);
    read_device(table, port, dataplane, uses.devices);
    read_addresses(table, port, uses.addresses);
    read_mtu(table, port);
    read_gateways(table, port, ports.size() - 1, gateways);
    table.reject_unknown();
  }
  check_amounts(root, ports);
  for (const auto& gateway : gateways) {
    check_gateway(tables[gateway.port], gateway, ports[gateway.port], uses.addresses);
  }
  return ports;
}

}  // namespace mediaplane::config
