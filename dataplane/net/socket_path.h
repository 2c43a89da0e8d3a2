// SPDX-License-Identifier: BSD-2-Clause
// The file of a listening Unix socket: made with a mode, never in the place of something else.
#pragma once

#include <cstdint>
#include <string>

#include "dataplane/net/result.h"

namespace mediaplane {

// Binds `socket` (AF_UNIX, of `type`) to `path`, with that file mode from the first moment on. A
// missing last folder is made (0750), a socket file that nobody serves is replaced; one that is
// served, or a file of another kind, is an error in words.
Result<void, std::string> bind_to_path(int socket, int type, const std::string& path,
                                       std::uint32_t mode);

}  // namespace mediaplane
