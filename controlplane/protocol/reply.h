// SPDX-License-Identifier: BSD-2-Clause
// The text of replies. Each ends in exactly one newline: clients cut one byte off.
#pragma once

#include <cstdint>
#include <string>

#include "controlplane/protocol/error_code.h"
#include "dataplane/net/address.h"

namespace mediaplane {

std::string error_reply(ErrorCode code);
std::string number_reply(std::uint64_t number);

// "PORT ADDRESS", and " 6" behind an IPv6 address; the port alone if there is no address to tell.
std::string endpoint_reply(const Endpoint& endpoint);

}  // namespace mediaplane
