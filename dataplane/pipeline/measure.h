// SPDX-License-Identifier: BSD-2-Clause
// The statistics line of a flow: activity, counts and the sequence of its RTP stream.
#pragma once

#include <cstdint>

#include "dataplane/abi/region.h"
#include "dataplane/net/rtp.h"
#include "dataplane/net/tick.h"
#include "dataplane/pipeline/burst.h"

namespace mediaplane {

struct Arrival {
  Tick tick;
  std::uint64_t microseconds;  // Since the start of the data plane.
};

// All that was admitted. What its receiver does not hear because of a prompt keeps no session
// alive: the last tick stays.
void measure(Burst& burst, const Arrival& arrival);

// True if this RTP packet (null: it is none) goes on where the accepted stream stopped: the same
// SSRC, a sequence number at most 512 ahead. From another source that is a NAT which has rebound.
bool continues(const abi::FlowStatistics& statistics, const RtpHeader* rtp);

}  // namespace mediaplane
