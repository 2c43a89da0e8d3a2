// SPDX-License-Identifier: BSD-2-Clause
// [[port]]
//
// A port is read alone first, then held against the ports before it: names, devices and addresses
// may be used once. Gateways come last, because a gateway must not be an address of any port.
#include <algorithm>
#include <cctype>
#include <map>

#include "config/device.h"
#include "config/sections.h"
#include "dataplane/abi/handshake.h"

namespace mediaplane::config {
namespace {

constexpr std::size_t kMaxPorts = 32;  // RTE_MAX_ETHPORTS
constexpr std::size_t kMaxNameLength = 32;
constexpr std::int64_t kMinMtu = 576;  // RFC 791: what every IPv4 host takes.
constexpr std::int64_t kMaxMtu = 9000;
constexpr std::int64_t kMaxBufferedMtu = 1900;  // A packet has to fit into one mbuf.

// Where a name, a device or an address was used first.
using Uses = std::map<std::string, Position, std::less<>>;

struct AllUses {
  Uses names;
  Uses devices;
  Uses addresses;
};

struct Gateway {
  Placed<IpAddress> address;
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

void read_mtu(TableReader& table, std::uint16_t& to) {
  const auto mtu = table.number("mtu", {kMinMtu, kMaxMtu});
  if (!mtu) return;
  if (mtu->value > kMaxBufferedMtu) {
    table.complain(mtu->at, "mtu", "packets of more than 1900 bytes are not built yet",
                   "a packet has to fit into one buffer of 2048 bytes; at most 1900");
  }
  to = static_cast<std::uint16_t>(mtu->value);
}

// What is wrong with an address of ours; empty if nothing is.
std::string_view fault_of(const Prefix& prefix) {
  if (prefix.ip.family == IpFamily::kIpv6) return "IPv6 is not built yet";
  if (prefix.length == 0) return "a prefix length of 0 is no network of ours";
  if (prefix.ip.is_null()) return "0.0.0.0 is no address of a host";
  if (prefix.ip.is_multicast()) return "a multicast address is no address of a host";
  const auto broadcast = prefix.broadcast();
  if (prefix.ip.ipv4().host() == 0xffffffff) return "this is the broadcast address";
  if (prefix.length >= 31) return {};
  if (prefix.ip == broadcast) return "this is the broadcast address of its network";
  const auto network = broadcast.ipv4().host() & ~(0xffffffffU >> prefix.length);
  if (prefix.ip.ipv4().host() == network) return "this is the address of the network itself";
  return {};
}

// What stands behind "=": the address that SIP proxies are told, or * for none.
IpAddress read_advertised(TableReader& table, const Text& text) {
  if (text.value == "*") return {};
  const auto advertised = parse_ip(text.value);
  if (advertised && advertised->family == IpFamily::kIpv4 && !advertised->is_null() &&
      !advertised->is_multicast()) {
    return *advertised;
  }
  table.complain(text.at, "addresses", "'" + text.value + "' is no address to advertise",
                 "write \"192.168.1.10/24=203.0.113.10\"");
  return {};
}

void read_address(TableReader& table, const Text& whole, PortConfig& port, Uses& uses) {
  const auto equals = whole.value.find('=');
  const Text text{whole.value.substr(0, equals), whole.at};
  const auto prefix = parse_prefix(text.value);
  if (!prefix) {
    const bool lacks_length = parse_ip(text.value).has_value();
    table.complain(text.at, "addresses", "'" + text.value + "' is no address with a prefix length",
                   lacks_length ? "write \"" + text.value + "/24\"" : "write \"203.0.113.10/24\"");
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
      is_told ? read_advertised(table, {whole.value.substr(equals + 1), whole.at}) : prefix->ip);
}

void read_addresses(TableReader& table, PortConfig& port, Uses& uses) {
  const auto addresses = table.texts("addresses", "\"203.0.113.10/24\"", Need::kRequired);
  if (!addresses) return;
  if (addresses->value.empty()) {
    table.complain(addresses->at, "addresses", "no address", "a port needs at least one");
  }
  for (const auto& text : addresses->value) read_address(table, text, port, uses);
}

std::optional<Placed<IpAddress>> read_gateway(TableReader& table) {
  const auto text = table.text("gateway", "\"203.0.113.1\"");
  if (!text) return std::nullopt;
  const auto gateway = parse_ip(text->value);
  if (!gateway) {
    table.complain(text->at, "gateway", "'" + text->value + "' is no address",
                   "write \"203.0.113.1\", without a prefix length");
    return std::nullopt;
  }
  if (gateway->family == IpFamily::kIpv6) {
    table.complain(text->at, "gateway", "IPv6 is not built yet");
    return std::nullopt;
  }
  return Placed<IpAddress>{*gateway, text->at};
}

void read_gateway_mac(TableReader& table, PortConfig& port) {
  const auto text = table.text("gateway_mac", "\"02:00:00:00:00:01\"");
  if (!text) return;
  const auto mac = parse_mac(text->value);
  if (!mac) {
    table.complain(text->at, "gateway_mac", "'" + text->value + "' is no MAC address",
                   "write \"02:00:00:00:00:01\"");
  } else if (mac->is_multicast() || mac->is_zero()) {
    table.complain(text->at, "gateway_mac", "'" + text->value + "' is not the MAC of a host");
  } else if (!table.has("gateway")) {
    table.complain(text->at, "gateway_mac", "there is no gateway", "add gateway = \"...\"");
  }
  port.gateway_mac = mac;
}

void check_gateway(TableReader& table, const Gateway& gateway, PortConfig& port,
                   const Uses& own_addresses) {
  const auto& address = gateway.address.value;
  const auto at = gateway.address.at;
  const auto text = to_string(address);
  const auto reachable = std::ranges::find_if(
      port.addresses, [&](const Prefix& prefix) { return prefix.contains(address); });
  if (own_addresses.contains(text)) {
    table.complain(at, "gateway", "'" + text + "' is an address of our own");
  } else if (reachable == port.addresses.end()) {
    table.complain(at, "gateway", "'" + text + "' is in no network of this port",
                   "a gateway is reached directly, through one of 'addresses'");
  } else if (!fault_of({address, reachable->length}).empty()) {
    table.complain(at, "gateway", "'" + text + "' is not the address of a host");
  } else {
    port.gateway = address;
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
  std::vector<Gateway> gateways;
  AllUses uses;
  auto tables = root.tables("port");
  for (auto& table : tables) {
    auto& port = ports.emplace_back();
    read_name(table, port, uses.names);
    read_device(table, port, dataplane, uses.devices);
    read_mtu(table, port.mtu);
    read_addresses(table, port, uses.addresses);
    const auto gateway = read_gateway(table);
    if (gateway) gateways.push_back({*gateway, ports.size() - 1});
    read_gateway_mac(table, port);
    table.reject_unknown();
  }
  check_amounts(root, ports);
  for (const auto& gateway : gateways) {
    check_gateway(tables[gateway.port], gateway, ports[gateway.port], uses.addresses);
  }
  return ports;
}

}  // namespace mediaplane::config
