// SPDX-License-Identifier: BSD-2-Clause
#include "config/listen_address.h"

#include <array>
#include <charconv>
#include <optional>

namespace mediaplane {
namespace {

constexpr std::size_t kMaxSocketPath = 107;  // sockaddr_un::sun_path, terminated.

struct Scheme {
  std::string_view prefix;
  Transport transport;
  IpFamily family;
};

constexpr std::array kSchemes = {
    Scheme{"unix:", Transport::kUnixOneShot, IpFamily::kNone},
    Scheme{"cunix:", Transport::kUnixStream, IpFamily::kNone},
    Scheme{"udp:", Transport::kUdp, IpFamily::kIpv4},
    Scheme{"udp6:", Transport::kUdp, IpFamily::kIpv6},
    Scheme{"tcp:", Transport::kTcp, IpFamily::kIpv4},
    Scheme{"tcp6:", Transport::kTcp, IpFamily::kIpv6},
};

std::optional<std::uint16_t> parse_port(std::string_view text) {
  std::uint16_t port = 0;
  const auto* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, port);
  if (text.empty() || error != std::errc{} || stop != end || port == 0) return std::nullopt;
  return port;
}

std::optional<IpAddress> parse_host(std::string_view text, IpFamily family) {
  if (text == "*") {
    IpAddress any;
    any.family = family;
    return any;
  }
  if (text.starts_with('[') && text.ends_with(']')) text = text.substr(1, text.size() - 2);
  const auto ip = parse_ip(text);
  return ip && ip->family == family ? ip : std::nullopt;
}

// The last colon divides host and port, if what is before it is a host; so "::1:9000" is port 9000
// of ::1, and "::1" is a host.
std::optional<Endpoint> parse_endpoint(std::string_view text, IpFamily family) {
  const auto colon = text.rfind(':');
  if (colon != std::string_view::npos) {
    const auto host = parse_host(text.substr(0, colon), family);
    const auto port = parse_port(text.substr(colon + 1));
    if (host && port) return Endpoint{*host, *port};
  }
  const auto host = parse_host(text, family);
  return host ? std::optional(Endpoint{*host, kControlPort}) : std::nullopt;
}

Result<ListenAddress, ListenError> parse_unix(Transport transport, std::string_view path,
                                              std::string_view text) {
  if (!path.starts_with('/')) {
    return failure(ListenError{"'" + std::string(text) + "' is no absolute path",
                               "write \"unix:/run/mediaplane/control.sock\""});
  }
  if (path.size() > kMaxSocketPath) {
    return failure(ListenError{"the path is too long", "at most 107 bytes"});
  }
  return ListenAddress{transport, std::string(path), {}};
}

}  // namespace

Result<ListenAddress, ListenError> parse_listen_address(std::string_view text) {
  for (const auto& [prefix, transport, family] : kSchemes) {
    if (!text.starts_with(prefix)) continue;
    const auto rest = text.substr(prefix.size());
    if (family == IpFamily::kNone) return parse_unix(transport, rest, text);
    const auto endpoint = parse_endpoint(rest, family);
    if (endpoint) return ListenAddress{transport, {}, *endpoint};
    return failure(
        ListenError{"'" + std::string(text) + "' is no address and port",
                    "a numeric address or *, and a port from 1 to 65535: \"udp:127.0.0.1:22222\""});
  }
  if (text.find(':') != std::string_view::npos && !text.starts_with('/')) {
    return failure(ListenError{"'" + std::string(text) + "' is no control socket",
                               "unix:, cunix:, udp:, udp6:, tcp: or tcp6:"});
  }
  return parse_unix(Transport::kUnixOneShot, text, text);
}

std::string to_string(const ListenAddress& address) {
  const bool is_ipv6 = address.endpoint.ip.family == IpFamily::kIpv6;
  switch (address.transport) {
    case Transport::kUnixOneShot:
      return "unix:" + address.path;
    case Transport::kUnixStream:
      return "cunix:" + address.path;
    case Transport::kTcp:
      return (is_ipv6 ? "tcp6:" : "tcp:") + to_string(address.endpoint);
    case Transport::kUdp:
      return (is_ipv6 ? "udp6:" : "udp:") + to_string(address.endpoint);
  }
  return {};
}

}  // namespace mediaplane
