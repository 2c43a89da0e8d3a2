// SPDX-License-Identifier: BSD-2-Clause
// What clients ask about sessions and about all of them: the text of I and Q. The numbers come from
// the data plane's counters, which it starts anew with each session.
#pragma once

#include <cstdint>
#include <string>

#include "controlplane/call/idle_monitor.h"
#include "controlplane/call/matching.h"
#include "controlplane/protocol/command.h"
#include "controlplane/protocol/error_code.h"
#include "dataplane/abi/region.h"
#include "dataplane/net/result.h"

namespace mediaplane {

struct SessionTotals {
  std::uint64_t created = 0;
  std::uint64_t active = 0;
};

// Since the session was created. `region` is null while no data plane is attached.
PacketsBySide packets_of(const CallSession& session, const abi::Region* region);

// Lines of "name: value".
std::string information(const InformationCommand& command, const SessionTotals& sessions,
                        const PacketTotals& packets);

// Values in one line, of RTP alone. `region` is null while no data plane is attached, which leaves
// only zeros. kUnknownCounter for a counter that nobody counts.
Result<std::string, ErrorCode> query(const QueryCommand& command, const Match& match,
                                     const abi::Region* region, const IdleMonitor& idle_monitor);

}  // namespace mediaplane
