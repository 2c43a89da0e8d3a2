// SPDX-License-Identifier: BSD-2-Clause
// Unix SEQPACKET sockets: a listening one, and sending a packet with descriptors.
#pragma once

#include <span>
#include <string>

#include "dataplane/abi/shared_memory.h"
#include "dataplane/net/result.h"

namespace mediaplane {

// A non-blocking listening socket at `path`, mode 0660; the text of the error otherwise. A socket
// file that nobody serves is replaced, and a missing last folder of the path is made.
Result<abi::FileDescriptor, std::string> listen_seqpacket(const std::string& path);

// One packet; false if the peer is gone or does not read.
bool send_with_descriptors(int socket, std::span<const std::byte> bytes,
                           std::span<const int> descriptors);

// Doorbells are eventfds.
void ring(const abi::FileDescriptor& doorbell);
void silence(const abi::FileDescriptor& doorbell);

// Something has come over a socket, or its other end is closed.
bool is_readable(const abi::FileDescriptor& socket);

}  // namespace mediaplane
