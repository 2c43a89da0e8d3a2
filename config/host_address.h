// SPDX-License-Identifier: BSD-2-Clause
// Which addresses a host can have in its network.
#pragma once

#include <string_view>

#include "dataplane/net/address.h"

namespace mediaplane::config {

// What is wrong with it as the address of a host, ourselves or a gateway; empty if nothing is.
std::string_view fault_of(const Prefix& prefix);

}  // namespace mediaplane::config
