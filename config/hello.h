// SPDX-License-Identifier: BSD-2-Clause
// What a control plane tells the data plane of its configuration when it attaches, and what the
// data plane wants to hear: both were started with the same file.
#pragma once

#include "config/config.h"
#include "dataplane/abi/handshake.h"

namespace mediaplane {

abi::Hello hello_of(const Config& config);

}  // namespace mediaplane
