// SPDX-License-Identifier: BSD-2-Clause
// The two words of a command that say where a party wants its media.
#pragma once

#include <optional>
#include <string_view>

#include "controlplane/protocol/error_code.h"
#include "dataplane/net/address.h"
#include "dataplane/net/result.h"

namespace mediaplane {

// Nothing for a null address and for a word whose length no address of the family has: the command
// goes on without an address. A word of good length that is no address, and a port that is no
// number, are kBadAddress. Names are never resolved. A port above 65535 is taken modulo 65536, as
// getaddrinfo() does for rtpproxy.
Result<std::optional<Endpoint>, ErrorCode> parse_media_address(std::string_view address,
                                                               std::string_view udp_port,
                                                               IpFamily family);

}  // namespace mediaplane
