// SPDX-License-Identifier: BSD-2-Clause
#include "dataplane/housekeeper/playback.h"

#include <algorithm>

#include <rte_mbuf.h>

#include "dataplane/net/rtp.h"
#include "dataplane/pipeline/rewrite.h"

namespace mediaplane {

bool Playback::play(const abi::Message& message, Tick now) {
  abi::PlayedPacket played;
  std::span<const std::byte> payload;
  if (message.header().type != abi::MessageType::kPlay || !message.read(played, payload) ||
      abi::index_of(played.side) >= abi::kSidesPerSession || payload.size() < sizeof(RtpHeader) ||
      payload.size() > abi::kMaxPacketPayload) {
    return false;
  }
  outbox_.count_generated();
  const auto way = sessions_.way_of_prompt(played.session, played.side);
  if (way) {
    send(**way, payload, now);
  } else {
    outbox_.count_dropped(way.error());
  }
  return true;
}

void Playback::send(const FlowEntry& entry, std::span<const std::byte> payload, Tick now) {
  const std::size_t headers = header_length(entry) + sizeof(UdpHeader);
  const auto length = headers + payload.size();
  if (length - sizeof(EthernetHeader) > entry.egress_mtu) {
    outbox_.count_dropped(Verdict::kTooBig);
    return;
  }
  auto* mbuf = outbox_.allocate(static_cast<std::uint16_t>(length));
  if (mbuf == nullptr) {
    outbox_.count_dropped(Verdict::kNoBuffer);
    return;
  }
  auto* frame = rte_pktmbuf_mtod(mbuf, std::byte*);
  std::copy(payload.begin(), payload.end(), frame + headers);
  const auto verdict = write_headers(frame, payload.size(), entry, next_ip_id_++, shared_);
  if (verdict == Verdict::kForward) {
    outbox_.send(mbuf, entry.egress_port);
  } else if (verdict == Verdict::kResolve) {
    neighbours_.hold(entry.neighbour, mbuf, now);
  } else {
    outbox_.drop(mbuf, verdict);
  }
}

}  // namespace mediaplane
