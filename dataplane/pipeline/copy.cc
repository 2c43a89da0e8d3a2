// SPDX-License-Identifier: BSD-2-Clause
#include "dataplane/pipeline/copy.h"

#include "dataplane/abi/message_io.h"

namespace mediaplane {

void copy(const FlowEntry& entry, const Packet& packet, WorkerContext& context) {
  abi::CopiedPacket copied;
  copied.microseconds = context.microseconds;
  copied.session = {abi::session_of(entry.flow), entry.session_generation};
  copied.side = abi::side_of(entry.flow);
  copied.component = abi::component_of(entry.flow);
  copied.udp_port = packet.key.udp_port.host();
  copied.local_address = packet.key.local_address;
  copied.source = {packet.source(), packet.source_port().host()};
  auto* ring = context.copies.of(context.worker);
  const bool sent = ring != nullptr && abi::send(*ring, abi::MessageType::kCopy, 0,
                                                 abi::as_bytes_of(copied), packet.payload());
  abi::add(sent ? context.totals.copied : context.totals.copies_lost, std::uint64_t{1});
}

}  // namespace mediaplane
