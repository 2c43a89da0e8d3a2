// SPDX-License-Identifier: BSD-2-Clause
// Where and how SIP proxies reach the control plane, as rtpproxy's clients spell it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "dataplane/net/address.h"
#include "dataplane/net/result.h"

namespace mediaplane {

enum class Transport : std::uint8_t {
  kUnixOneShot,  // unix:PATH or a bare path: a connection for each command.
  kUnixStream,   // cunix:PATH: lines over a connection that stays.
  kTcp,          // tcp:HOST[:PORT], tcp6:HOST[:PORT]: the same over TCP.
  kUdp,          // udp:HOST[:PORT], udp6:HOST[:PORT]: a datagram for each command.
};

inline constexpr std::uint16_t kControlPort = 22222;

struct ListenAddress {
  Transport transport{};
  std::string path;   // Of the Unix transports.
  Endpoint endpoint;  // Of the others; a null address is any.
};

// What is wrong with a text, and how to write it.
struct ListenError {
  std::string what;
  std::string hint;
};

Result<ListenAddress, ListenError> parse_listen_address(std::string_view text);

// One spelling for each address.
std::string to_string(const ListenAddress& address);

}  // namespace mediaplane
