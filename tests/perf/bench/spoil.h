// SPDX-License-Identifier: BSD-2-Clause
// Malformed packets: a whole frame made wrong in one of several ways, each of which the relay has a
// name for.
#pragma once

#include <cstdint>

#include "dataplane/pipeline/verdict.h"
#include "tests/support/frames.h"

namespace mediaplane::bench {

// Makes a UDP frame without options wrong in one way, chosen by `number`; returns why the relay
// has to drop it.
Verdict spoil(test::Frame& frame, std::uint32_t number);

}  // namespace mediaplane::bench
