// SPDX-License-Identifier: BSD-2-Clause
// Names of recorded files. Call-ids and tags are strangers' bytes: what a file's name cannot or
// should not hold stands in it as %XX, so that no name leads out of its directory and none is
// another call's. Ordinary identifiers stand there as they are.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace mediaplane {

// With an ending of 7 bytes (".o.rtcp") and 8 more, for a name of passage, it is still a name.
inline constexpr std::size_t kMaxRecordingName = 240;

// CALL-ID=FROM-TAG. Reversible, but for what would become too long: that is cut, and ends in %_ and
// a hash of the whole.
std::string recording_name(std::string_view call_id, std::string_view from_tag);

}  // namespace mediaplane
