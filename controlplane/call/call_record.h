// SPDX-License-Identifier: BSD-2-Clause
// Reads the call records that the data plane keeps of each session. They were written by another
// process: a record is copied once, and what makes no sense in it is an error, never a crash.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "dataplane/abi/region.h"
#include "dataplane/net/result.h"

namespace mediaplane {

// A session as a control plane left it.
struct RecordedCall {
  abi::Session session;
  std::string call_id;
  std::string from_tag;
  std::string extra;  // See session_extra.h.
};

// The record of the session with this index, below the capacity. Nothing: there is no session. The
// error says what is wrong with the record.
Result<std::optional<RecordedCall>, std::string> read_call_record(const abi::Region& region,
                                                                  std::uint32_t index);

}  // namespace mediaplane
